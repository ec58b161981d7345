# Plays a case: a cache that lies OFF seconds beside the daemon's own time, a daemon, a question.
set -eu
mkdir -p "$HOME"
echo $(($(stat -L -c %Z "$BUILD/$DAEMON") + OFF)) >"$HOME/cache"
"$BUILD/$DAEMON" &
tries=0
until [ -S "$HOME/socket" ]; do
    tries=$((tries + 1))
    if [ $tries -gt 100 ] || ! kill -0 $! 2>/dev/null; then echo "no socket"; exit 1; fi
    sleep 0.05
done
"$BUILD/$CLIENT"
kill $!
