# Plays a case: a cache that lies OFF seconds beside the daemon's own time, a daemon, a question.
set -eu
mkdir -p "$HOME"
echo $(($(stat -L -c %Z "$BUILD/$DAEMON") + OFF)) >"$HOME/cache"
"$BUILD/$DAEMON" >"$HOME/log" 2>&1 &
trap "kill $! 2>/dev/null || :" EXIT
tries=0
until "$BUILD/$CLIENT"; do
    tries=$((tries + 1))
    if [ $tries -gt 100 ] || ! kill -0 $! 2>/dev/null; then echo "nobody answers"; exit 1; fi
    sleep 0.05
done
