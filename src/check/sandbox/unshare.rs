//! The sandbox that util-linux makes: `unshare` for the namespaces, a small shell script for the file system.

use std::io;
use std::path::Path;
use std::process::Command;

use super::mounted::{self, Mounted};
use super::system::{self, Top};
use super::{Job, Mount, tool};

/// The tools of util-linux on this machine.
#[derive(Debug)]
pub(super) struct Unshare;

impl Unshare {
    /// Returns the command that runs `job` with `mounts` over the read-only system, on a file system of memory mounted at the empty
    /// folder `root`; only the job's own namespace sees that mount.
    pub(super) fn command(&self, job: &Job, mounts: &[Mount], root: &Path) -> io::Result<Command> {
        let program = tool::find("unshare").ok_or(io::ErrorKind::NotFound)?;
        // It ends when whoever started it ends, and with it all that it started.
        let mut command = Command::new(tool::find("setpriv").ok_or(io::ErrorKind::NotFound)?);
        command.args(["--pdeathsig", "KILL", "--"]).arg(program);
        command
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        command.args([
            "--user",
            "--map-root-user",
            "--mount",
            "--pid",
            "--net",
            "--ipc",
            "--uts",
            "--fork",
            "--kill-child",
            "--",
            "/bin/sh",
            "-c",
        ]);
        command.arg(script(job, mounts, root)?).arg("sh");
        command.args(
            job.environment()
                .iter()
                .map(|(name, value)| format!("{name}={value}")),
        );
        command.args(job.guarded());
        Ok(command)
    }
}

// `unshare --fork` makes the shell the first process of the job; `exec` hands that place on to the one that guards it.
fn script(job: &Job, mounts: &[Mount], root: &Path) -> io::Result<String> {
    let table = mounted::table();
    let size = job.limits.disk;
    let root = quoted(root)?;
    let mut lines = vec![
        "set -e".to_owned(),
        format!("mount -t tmpfs -o mode=755,nosuid,nodev tmpfs {root}"),
        format!("cd {root}"),
        "mkdir -p proc dev tmp run .old".to_owned(),
    ];
    for top in system::tops() {
        match top {
            Top::Folder(path) => {
                lines.extend(bind(&table, Path::new(path), Path::new(path), false)?);
            }
            Top::Link { path, target } => lines.push(format!("ln -s {} .{path}", quoted(&target)?)),
        }
    }
    lines.push("mount -t proc -o nosuid,nodev,noexec proc proc".to_owned());
    // The kernel's settings belong to the machine's superuser, which a job started by it still is to them.
    for settings in system::SETTINGS {
        let bound = format!("mount --bind .{settings} .{settings}");
        lines.push(format!("[ ! -e .{settings} ] || {{ {bound}; mount -o remount,bind,ro,nosuid,nodev,noexec .{settings}; }}"));
    }
    lines.push("mount -t tmpfs -o mode=755,nosuid tmpfs dev".to_owned());
    for device in ["null", "zero", "full", "random", "urandom"] {
        lines.push(format!(
            ": >dev/{device}; mount --bind /dev/{device} dev/{device}"
        ));
    }
    lines.push("mkdir dev/shm; ln -s /proc/self/fd dev/fd".to_owned());
    lines.push("ln -s fd/0 dev/stdin; ln -s fd/1 dev/stdout; ln -s fd/2 dev/stderr".to_owned());
    for scratch in ["tmp", "run", "dev/shm"] {
        lines.push(format!(
            "mount -t tmpfs -o size={size},mode=755,nosuid,nodev tmpfs {scratch}"
        ));
    }
    for mount in mounts {
        lines.extend(bind(&table, &mount.outside, &mount.inside, mount.writable)?);
    }
    lines.push("mount -o remount,bind,ro,nosuid dev".to_owned());
    lines.push("pivot_root . .old; cd /; umount -l .old; rmdir .old".to_owned());
    lines.push("mount -o remount,bind,ro,nosuid,nodev /".to_owned());
    lines.push(format!("cd {}", quoted(&job.cwd)?));
    lines.push(match job.user {
        0 => "exec setpriv --no-new-privs --bounding-set=-all,+dac_override,+fowner setsid env -i \"$@\"".to_owned(),
        // Another user stands in a namespace below, and loses there what this one may: it had to mount.
        user => format!("exec unshare --user --map-user={user} --map-group={user} -- setpriv --no-new-privs setsid env -i \"$@\""),
    });
    Ok(lines.join("\n"))
}

// A mount of a namespace above may be bound only with all that is mounted below it, and made read-only only with the options that it has.
fn bind(
    table: &[Mounted],
    outside: &Path,
    inside: &Path,
    writable: bool,
) -> io::Result<Vec<String>> {
    let outside = outside.canonicalize()?;
    let at = format!(".{}", inside.display());
    let place = quoted(Path::new(&at))?;
    let parent = quoted(Path::new(&at).parent().unwrap_or(Path::new(".")))?;
    let make = if outside.is_dir() {
        format!("[ -d {place} ] || mkdir -p {place}")
    } else {
        format!("mkdir -p {parent}; [ -e {place} ] || : >{place}")
    };
    let mut lines = vec![make, format!("mount --rbind {} {place}", quoted(&outside)?)];
    if writable {
        return Ok(lines);
    }
    let read_only = |options: &[String], place: &str| {
        let kept: Vec<&str> = ["nosuid", "nodev", "noexec"]
            .into_iter()
            .filter(|kept| options.iter().any(|option| option == kept))
            .collect();
        let comma = if kept.is_empty() { "" } else { "," };
        format!("mount -o remount,bind,ro{comma}{} {place}", kept.join(","))
    };
    lines.push(read_only(mounted::options_at(table, &outside), &place));
    for below in mounted::below(table, &outside) {
        let rest = below.point.strip_prefix(&outside).unwrap_or(&below.point);
        lines.push(read_only(
            &below.options,
            &quoted(&Path::new(&at).join(rest))?,
        ));
    }
    Ok(lines)
}

fn quoted(path: &Path) -> io::Result<String> {
    let text = path
        .to_str()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "a path that is not UTF-8"))?;
    Ok(format!("'{}'", text.replace('\'', "'\\''")))
}
