"""Asks a check command about a mail as `b4 review` does, and prints what b4 makes of the answer."""

import email
import email.policy
import json
import pathlib
import sys

from b4.review import checks

command, path = sys.argv[1:]
mail = email.message_from_bytes(pathlib.Path(path).read_bytes(), policy=email.policy.SMTPUTF8)
found = checks.run_perpatch_checks([("id", mail)], [command], ".")
print(json.dumps(found["id"]))
