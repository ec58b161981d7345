# Plays one case on the daemon of a build directory: a cache that some daemon wrote lies there, the daemon is started, and its
# client asks for the capabilities of an emulator. What is printed tells no time, no path and no process.
#
# BUILD, SOURCE   the build directory, and the source that it is of
# DAEMON, CLIENT  programs, by their paths in the build directory
# SOCKET          name of the daemon's socket
# PARTS           files whose ctimes are the daemon's own: it takes the greatest
# CACHE           whether a cache lies there: yes or no
# DAEMON_OFF      seconds by which the daemon's ctime in the cache is greater than the daemon's own
# EMULATOR_OFF    the same of the emulator
set -eu
cd "$BUILD"
export XDG_CACHE_HOME="$HOME/cache" XDG_CONFIG_HOME="$HOME/config" XDG_DATA_HOME="$HOME/data" XDG_RUNTIME_DIR="$HOME/run"
mkdir -p "$HOME/bin" "$XDG_CACHE_HOME" "$XDG_CONFIG_HOME" "$XDG_DATA_HOME" "$XDG_RUNTIME_DIR"
chmod 700 "$XDG_RUNTIME_DIR"

# An emulator that tells only that it was asked.
emulator=$HOME/bin/qemu-system-x86_64
printf '#!/bin/sh\n: >"%s/asked"\nexit 1\n' "$HOME" >"$emulator"
chmod 755 "$emulator"

own=0
for part in $PARTS; do
    time=$(stat -L -c %Z "$part")
    [ "$time" -le "$own" ] || own=$time
done
cached=$((own + DAEMON_OFF))
emulator_own=$(stat -c %Z "$emulator")
emulator_cached=$((emulator_own + EMULATOR_OFF))

if [ "$CACHE" = yes ]; then
    # What a daemon of this tree writes of an emulator, as the tree's own tests have it, without what the machine must have for it.
    model=$(ls "$SOURCE"/tests/qemucapabilitiesdata/caps_*[._]x86_64.xml | sort -V | tail -n 1)
    version=$(sed -n 's/^#define VERSION "\([0-9]*\)\.\([0-9]*\)\.\([0-9]*\).*/\1 \2 \3/p' meson-config.h)
    modules=$(sed -n 's/^#define QEMU_MODDIR "\(.*\)"/\1/p' meson-config.h)
    moved=
    [ ! -e "$modules" ] || moved="<qemumoddirmtime>$(stat -c %Y "$modules")</qemumoddirmtime>"
    set -- $version
    folder=$XDG_CACHE_HOME/libvirt/qemu/cache/capabilities
    mkdir -p "$folder"
    name=$(printf %s "$emulator" | sha256sum)
    sed -e "s|<emulator>.*|<emulator>$emulator</emulator>|" \
        -e "s|<qemuctime>.*|<qemuctime>$emulator_cached</qemuctime>$moved|" \
        -e "s|<selfctime>.*|<selfctime>$cached</selfctime>|" \
        -e "s|<selfvers>.*|<selfvers>$(($1 * 1000000 + $2 * 1000 + $3))</selfvers>|" \
        -e "/<flag name='kvm'\/>/d" "$model" >"$folder/${name%% *}.xml"
fi

env LIBVIRT_LOG_FILTERS="1:qemu.qemu_capabilities 1:util.filecache 3:*" LIBVIRT_LOG_OUTPUTS="1:file:$HOME/log" \
    ./run "$DAEMON" >"$HOME/said" 2>&1 &
daemon=$!
trap 'kill $daemon 2>/dev/null || :' EXIT
uri="qemu:///session?socket=$XDG_RUNTIME_DIR/libvirt/$SOCKET"
tries=0
# The socket is there a moment before anybody listens.
until ./run "$CLIENT" -c "$uri" uri >"$HOME/answer" 2>&1; do
    tries=$((tries + 1))
    if [ $tries -gt 600 ] || ! kill -0 $daemon 2>/dev/null; then
        echo "daemon: takes no connection"
        sed -e 's/^[0-9: .+-]* //' "$HOME/said" "$HOME/answer"
        exit 1
    fi
    sleep 0.1
done

status=0
./run "$CLIENT" -c "$uri" domcapabilities --virttype qemu --arch x86_64 --emulatorbin "$emulator" \
    >"$HOME/answer" 2>&1 || status=$?
kill $daemon
wait $daemon || :

echo "client: status $status"
# Of what it answers, the machine tells what it is made from.
sed -n -e '/<domainCapabilities>/p' -e '/^ *<machine>/p' -e '/^error:/p' "$HOME/answer" | sed -e "s|$HOME|\$HOME|g" -e 's/^ */client: /'
if [ -e "$HOME/asked" ]; then echo "emulator: asked"; else echo "emulator: not asked"; fi
grep -oE '(Loaded cached data|Outdated capabilities|Discarding|Failed to load cached).*' "$HOME/log" |
    sed -e "s|[^ ']*/\([0-9a-f]*\)\.xml|CACHE|g" -e "s|$HOME|\$HOME|g" -e 's/^/daemon: /' \
        -e "/QEMU/s/($emulator_own vs $emulator_cached)/(its own vs the cache's)/" \
        -e "s/($cached vs $own,/(the cache's vs its own,/" || :
