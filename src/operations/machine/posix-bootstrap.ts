import type { Bootstrap } from '../../ports/shell.js';
import { posixReader } from './posix-reader.js';
import { posixRunner } from './posix-runner.js';

/**
 * The wrapper on Linux, for every POSIX `sh` with util-linux's or BusyBox's `flock` and `setsid`. See `protocol.ts` for
 * what it promises.
 *
 * Two locks, both given back by the kernel whatever happens to their holder. The *gate* is held for moments, by whoever
 * looks and decides. The *effect* lock is held by the runner for as long as it lives: the session takes it and hands it
 * on as an open file, so that there is no moment without a holder. A step that was begun, has no result, and whose lock
 * is free, is lost.
 */
export const posixBootstrap: Bootstrap = {
  language: 'sh',
  script: `\
set -u
umask 077
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL

runner=$(cat <<'end of runner'
${posixRunner}
end of runner
)

highest=0
boot=
{ read -r boot </proc/sys/kernel/random/boot_id; } 2>/dev/null

${posixReader}

# How many connections each port has, as the kernel lists them; https://docs.kernel.org/networking/proc_net_tcp.html
sockets() {
  case $manager in
  docker) docker exec -- "$service" cat /proc/net/tcp /proc/net/tcp6 ;;
  *) cat /proc/net/tcp /proc/net/tcp6 ;;
  esac 2>/dev/null
}
connections() {
  list=$(sockets)
  case $list in *rem_address*) ;; *) return ;; esac
  counts=
  rest=$1:
  while [ -n "$rest" ]; do
    hex=$(printf %04X "\${rest%%:*}") || return
    rest=\${rest#*:}
    counts="$counts $(printf '%s\n' "$list" | grep -c "^ *[0-9]*: [0-9A-F]*:$hex [0-9A-F]*:[0-9A-F]* 01 ")"
  done
  printf %s "\${counts# }"
}

if [ "$verb" = look ]; then
  found=
  [ -z "$ports" ] || found=$(connections "$ports")
  case $manager in
  docker)
    policy='{{.HostConfig.RestartPolicy.Name}}:{{.HostConfig.RestartPolicy.MaximumRetryCount}}'
    result=$(docker inspect --type container -f "{{.State.Status}} $policy" -- "$service" 2>&1)
    ;;
  *) result=$(systemctl show -p LoadState -p ActiveState -p UnitFileState -- "$service" 2>&1) ;;
  esac
  say looked ",\\"exitCode\\":\\"$?\\",\\"connections\\":\\"$found\\",\\"result\\":\\"$(printf %s "$result" | encode)\\""
fi

# Whether a port takes connections; \`unknown\` where nothing here can tell.
reaches() {
  if command -v timeout >/dev/null && command -v bash >/dev/null; then
    trouble=$(timeout 5 bash -c 'exec 3<>"/dev/tcp/$1/$2"' bash "$1" "$2" 2>&1) && echo open && return
    case $trouble in *'No such file'*) ;; *) echo closed && return ;; esac
  fi
  command -v nc >/dev/null || { echo unknown && return; }
  if nc -z -w 5 "$1" "$2" </dev/null >/dev/null 2>&1; then echo open; else echo closed; fi
}

# What its container is told. What is confidential stays here: of that it is told only that it is there.
container() {
  found=$(docker inspect --type container -f '{{.State.Status}} {{.Config.Image}}' -- "$service" 2>&1)
  printf 'container %s %s\\n' "$?" "$(printf %s "$found" | tr -s '\\r\\n\\t' '   ' | cut -c 1-400)"
  docker inspect --type container -f '{{range .Config.Env}}{{println .}}{{end}}' -- "$service" 2>/dev/null |
    while IFS= read -r entry; do
      case $entry in
      OCTOPUS_SERVER_NODE_NAME=* | TASK_CAP=*) printf 'variable %s\\n' "$entry" ;;
      MASTER_KEY=?* | DB_CONNECTION_STRING=?*) printf 'variable %s\\n' "\${entry%%=*}" ;;
      esac
    done
}

survey() {
  printf 'platform %s\\n' "$(uname -s)"
  printf 'machine %s\\n' "$(uname -n)"
  printf 'user %s\\n' "$(id -u)"
  for asked in version 'list-instances --format=JSON'; do
    found=$("$@" $asked 2>&1 </dev/null)
    printf '%s %s %s\\n' "\${asked%% *}" "$?" "$(printf %s "$found" | tr -s '\\r\\n\\t' '   ' | cut -c 1-4000)"
  done
  [ "$manager" != docker ] || container
  printf 'free %s\\n' "$(df -Pk / 2>/dev/null | { read -r line; read -r a b c free line; printf %s "$free"; })"
  for target in $targets; do
    printf 'target %s %s\\n' "$target" "$(reaches "\${target%/*}" "\${target##*/}")"
  done
}

if [ "$verb" = survey ]; then
  say surveyed ",\\"result\\":\\"$(survey "$@" | encode)\\""
fi

for program in flock setsid; do
  command -v "$program" >/dev/null || cannot "$program is not installed"
done
state=\${state:-/var/lib/octo-ha}
mkdir -p "$state" 2>/dev/null
[ -d "$state" ] && [ -w "$state" ] && [ -O "$state" ] || cannot "$state is not ours to write to: log in as root, or with sudo"
record=$state/record-$operation.$step

keep() {
  printf '%s\\n' "$2" >"$1.new" && { sync "$1.new" 2>/dev/null || sync; } && mv -f "$1.new" "$1" ||
    cannot "cannot write to $state"
}

begun() { [ -f "$record/started" ]; }

ended() { [ -f "$record/exit" ]; }

is_current() {
  in_operation= in_step= in_token=
  { read -r in_operation in_step in_token <"$state/current"; } 2>/dev/null
  [ "$in_operation.$in_step" = "$operation.$step" ]
}

# Whether a command lives on although its runner was killed.
is_orphaned() {
  is_current
  of=$state/record-$in_operation.$in_step
  [ ! -f "$of/exit" ] && read -r pid since <"$of/process" && [ -n "$since" ] && read -r stat <"/proc/$pid/stat" || return 1
  set -- \${stat##*) }
  [ "$1" != Z ] && [ "\${20-}" = "$since" ]
} 2>/dev/null

# Takes the effect lock, as file 8, where no effect runs.
is_free() {
  exec 8>>"$state/effect"
  flock -n 8 && ! is_orphaned && return
  exec 8>&-
  return 1
}

running() {
  is_current
  printf ',"running":{"operation":"%s","step":"%s","token":"%s"}' "$in_operation" "$in_step" "$in_token"
}

recorded() {
  read -r by what at under <"$record/started"
  code= when=
  { read -r code when <"$record/exit"; } 2>/dev/null
  printf ',"record":{"token":"%s","action":"%s","startedAt":"%s","boot":"%s"' "$by" "$what" "$at" "$under"
  printf ',"exitCode":"%s","finishedAt":"%s"' "$code" "$when"
  printf ',"output":"%s"' "$(tail -c 65536 "$record/output" | encode)"
  printf ',"result":"%s"}' "$(head -c 65536 "$record/result" | encode)"
} 2>/dev/null

read_token() {
  [ ! -e "$state/token" ] || read -r highest <"$state/token"
  case $highest in '' | *[!0-9]*) highest=0 && cannot "$state/token is damaged" ;; esac
}

raise_token() {
  read_token
  [ "$token" -ge "$highest" ] || say refused
  [ "$token" -eq "$highest" ] || keep "$state/token" "$token"
  highest=$token
}

launch() {
  find "$state" -maxdepth 1 -name 'record-*' -mtime +90 -exec rm -rf {} +
  mkdir -p "$record" || cannot "cannot write to $state"
  keep "$state/current" "$operation $step $token"
  printf '%s\\n' "$secrets" 8>&- 9>&- |
    setsid sh -c "$runner" octo-ha "$record" "$token" "$boot" "$action" "$manager" "$service" "$value" "$former" "$grace" "$@" \\
      9>&- >/dev/null 2>&1 &
  launched=yes
}

exec 9>>"$state/gate"
flock 9
case $verb in
show)
  raise_token
  is_free && say shown
  say shown "$(running)"
  ;;
read)
  read_token
  is_free && free=yes || free=
  ended && say finished "$(recorded)"
  [ -z "$free" ] && is_current && say running "$(running)"
  begun && say lost "$(recorded)"
  say not-started
  ;;
run) ;;
*) cannot "there is no verb $verb" ;;
esac

launched=
pause=0.1
looks=0
deadline=$(($(date +%s) + wait))
while :; do
  raise_token
  is_free && free=yes || free=
  ended && say finished "$(recorded)"
  if [ -n "$free" ]; then
    begun && say lost "$(recorded)"
    [ -z "$launched" ] || cannot 'the step could not be begun'
    launch "$@"
    exec 8>&-
  fi
  flock -u 9
  if [ "$(date +%s)" -ge "$deadline" ]; then
    is_current && say running "$(running)"
    say busy "$(running)"
  fi
  sleep "$pause"
  looks=$((looks + 1))
  [ "$looks" -lt 20 ] || pause=1
  flock 9
done
`,
};
