import type { Bootstrap } from '../../ports/shell.js';
import { logPhrases } from './log-phrases.js';

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const counters = logPhrases.map(({ name, phrase }) => `  count ${name} ${quoted(phrase)}`).join('\n');

/**
 * Looks at a Linux machine, and changes nothing there. The document is JSON with an entry a line, whose values are words
 * or base64; none of them is ever read as a program. What belongs to a container is asked inside it.
 */
export const posixProbe: Bootstrap = {
  language: 'sh',
  script: `\
set -u
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
newline='
'

decode() { printf %s "$1" | base64 -d 2>/dev/null; }

# A line for each word of a list.
words() {
  list=\${1#*\\[}
  list=\${list%]}
  while [ -n "$list" ]; do
    list=\${list#\\"}
    decode "\${list%%\\"*}" | tr '\\n' ' '
    echo
    list=\${list#*\\"}
    list=\${list#,}
  done
}

manager= service= port=0 folders= reach= names= configs=
while IFS= read -r entry; do
  entry=\${entry%,}
  value=\${entry#*:}
  value=\${value#\\"}
  value=\${value%\\"}
  case $entry in
  '"manager":'*) manager=$value ;;
  '"service":'*) service=$(decode "$value") ;;
  '"port":'*) port=$value ;;
  '"folders":'*) folders=$(words "$entry") ;;
  '"reach":'*) reach=$(words "$entry") ;;
  '"names":'*) names=$(words "$entry") ;;
  '"configs":'*) configs=$(words "$entry") ;;
  esac
done
case $service in -* | *[!A-Za-z0-9:_.@\\\\-]*) service=none ;; esac
case $port in '' | *[!0-9]*) port=0 ;; esac

text() {
  case $1 in
  *[!A-Za-z0-9\\ ._:/@=+,-]*) printf '"%s"' "$(printf %s "$1" | base64 | tr -d '\\n')" ;;
  *) printf '"~%s"' "$1" ;;
  esac
}

number() {
  case $1 in
  '' | *[!0-9]*) printf null ;;
  0?*) number "\${1#0}" ;;
  *) printf %s "$1" ;;
  esac
}

# Of so many kilobytes.
bytes() {
  case $1 in
  '' | *[!0-9]*) printf null ;;
  *) printf %s $(($1 * 1024)) ;;
  esac
}

truth() {
  case $1 in
  yes) printf true ;;
  no) printf false ;;
  *) printf null ;;
  esac
}

inside() {
  if [ "$manager" = docker ]; then docker exec -i "$service" "$@" 2>/dev/null </dev/null
  else "$@" 2>/dev/null </dev/null; fi
}

# Every line of $2 through the function $1, as a list.
each() {
  printf '['
  first=yes
  while IFS= read -r item; do
    [ -n "$item" ] || continue
    [ -n "$first" ] || printf ,
    first=
    "$1" "$item"
  done <<end
$2
end
  printf ']'
}

folder() {
  about=$(inside sh -c '[ -d "$1" ] || exit 1
    readlink -f -- "$1" || echo
    stat -f -c %T -- "$1" || echo
    stat -L -c %i -- "$1" || echo
    if [ -w "$1" ]; then echo yes; else echo no; fi
    df -Pk -- "$1" | tail -n 1' sh "$1") || {
    printf '{"path":%s,"exists":false,"target":"~","fileSystem":"~","source":"~"' "$(text "$1")"
    printf ',"number":"~","writable":null,"totalBytes":null,"freeBytes":null,"names":[],"entries":null}'
    return
  }
  { read -r target; read -r kind; read -r inode; read -r writable; read -r space; } <<end
$about
end
  # Names are counted without looking at the files, which would take minutes on a large share.
  listed=$(inside sh -c 'if command -v timeout >/dev/null; then timeout 5 ls -1f -- "$1"; else ls -1f -- "$1"; fi' sh "$1" |
    grep -v '^\\.\\.*$' | sort)
  set -- "$1" $(printf '%s\\n' "$space" | awk '{ for (i = 4; i <= NF; i++) if ($i ~ /^[0-9]+%$/) { print $(i - 3), $(i - 1), i - 4; exit } }')
  source=$(printf '%s\\n' "$space" | cut -d ' ' -f "1-\${4:-1}" | sed 's/ *$//')
  printf '{"path":%s,"exists":true,"target":%s' "$(text "$1")" "$(text "$target")"
  printf ',"fileSystem":%s,"source":%s' "$(text "$kind")" "$(text "$source")"
  printf ',"number":%s,"writable":%s' "$(text "$inode")" "$(truth "$writable")"
  printf ',"totalBytes":%s,"freeBytes":%s' "$(bytes "\${2-}")" "$(bytes "\${3-}")"
  printf ',"names":%s' "$(each text "$(printf '%s\\n' "$listed" | tail -n 20)")"
  printf ',"entries":%s}' "$(printf '%s\\n' "$listed" | grep -c .)"
}

reached() {
  case $1 in /*)
    inside sh -c '[ -r "$1" ]' sh "$1" && answer=true || answer=false
    printf '{"target":%s,"ok":%s}\n' "$(text "$1")" "$answer"
    return ;;
  esac
  host=\${1%:*}
  inside sh -c 'limit=
    if command -v timeout >/dev/null; then limit="timeout 3"; fi
    if command -v bash >/dev/null; then
      $limit bash -c "exec 3<>/dev/tcp/\\$1/\\$2" bash "$1" "$2" || exit 1
    elif command -v nc >/dev/null; then nc -z -w 3 -- "$1" "$2" || exit 1
    else exit 9; fi' sh "$host" "\${1##*:}"
  case $? in
  0) answer=true ;;
  1 | 124) answer=false ;;
  *) answer=null ;;
  esac
  printf '{"target":%s,"ok":%s}\\n' "$(text "$1")" "$answer"
}

resolved() {
  found=$(inside getent ahosts "$1" | cut -d ' ' -f 1 | sort -u)
  printf '{"name":%s,"addresses":%s}' "$(text "$1")" "$(each text "$found")"
}

sockets() {
  of=/proc
  [ "$manager" != docker ] || of=/proc/$(docker inspect -f '{{.State.Pid}}' "$service" 2>/dev/null)
  cat "$of/net/tcp" "$of/net/tcp6" 2>/dev/null
}

hexadecimal() { printf '%d' "0x$1"; }

setting() { printf '%s\\n' "$config" | sed -n "s/.*key=\\"$1\\"[^>]*>\\([^<]*\\)<.*/\\1/p" | head -n 1; }

# The server and the database only. A string with quotes may have a password that looks like either.
connection() {
  case $string in *[\\'\\"]* | *'&quot;'* | *'&apos;'*) return ;; esac
  printf '%s\\n' "$string" | tr ';' '\\n' | sed -n "s/^ *\\($1\\) *= *//Ip" | head -n 1
}

count() {
  printf '%s"%s":%s' "$between" "$1" "$(printf '%s\\n' "$log" | grep -c -F -- "$2")"
  between=,
}

counted_log() {
  [ -n "$log" ] || { printf null; return; }
  between=
  printf '{'
${counters}
  printf '}'
}

system=$(. /etc/os-release 2>/dev/null && printf '%s\\n%s' "\${NAME-}" "\${VERSION_ID-}")
total= available=
while read -r name amount _; do
  case $name in
  MemTotal:) total=$amount ;;
  MemAvailable:) available=$amount ;;
  esac
done </proc/meminfo
read -r up _ </proc/uptime
read -r load _ </proc/loadavg
offset=$(date +%z)
hours=\${offset#?}
hours=\${hours%??}
rest=\${offset#???}
minutes=$((60 * \${hours#0} + \${rest#0}))
[ "\${offset%????}" = + ] || minutes=-$minutes
synchronised=$(timedatectl show -p NTPSynchronized --value 2>/dev/null)
pending=no
[ ! -e /var/run/reboot-required ] || pending=yes

state= automatic= account= restarts= version=
case $manager in
docker)
  IFS='|' read -r state policy restarts account image <<end
$(docker inspect --type container -f '{{.State.Status}}|{{.HostConfig.RestartPolicy.Name}}|{{.RestartCount}}|{{.Config.User}}|{{.Config.Image}}' "$service" 2>/dev/null)
end
  case $policy in always | unless-stopped) automatic=yes ;; *) automatic=no ;; esac
  case $image in *:[0-9]*.[0-9]*) version=\${image##*:} ;; esac
  [ -n "$state" ] || { state=missing; automatic=; }
  ;;
*)
  while IFS='=' read -r name value; do
    case $name in
    LoadState) [ "$value" != not-found ] || state=missing ;;
    ActiveState) [ -n "$state" ] || state=$value ;;
    UnitFileState) case $value in enabled | static) automatic=yes ;; ?*) automatic=no ;; esac ;;
    NRestarts) restarts=$value ;;
    User) account=$value ;;
    esac
  done <<end
$(systemctl show -p LoadState -p ActiveState -p UnitFileState -p NRestarts -p User -- "$service" 2>/dev/null)
end
  ;;
esac
case $state in active) state=running ;; inactive | exited) state=stopped ;; esac

config=
while IFS= read -r file; do
  [ -z "$config" ] && [ -n "$file" ] && config=$(inside cat -- "$file")
done <<end
$configs
end
string=$(setting Octopus.Storage.ExternalDatabaseConnectionString)
home=$(setting Octopus.Home)
log=
[ -z "$home" ] || log=$(inside tail -c 262144 -- "$home/Logs/OctopusServer.txt" | tr -d '\\000')

listening=$(sockets | awk '$4 == "0A" { sub(/.*:/, "", $2); print $2 }' | sort -u)
hexport=$(printf '%04X' "$port")
pollers=$(sockets | awk -v port="$hexport" '
  function two(at) { return (index(digits, substr($3, at, 1)) - 1) * 16 + index(digits, substr($3, at + 1, 1)) - 1 }
  BEGIN { digits = "0123456789ABCDEF" }
  $4 == "01" && $2 ~ ":" port "$" {
    sub(/:.*/, "", $3)
    if (length($3) == 32 && substr($3, 1, 24) == "0000000000000000FFFF0000") $3 = substr($3, 25)
    if (length($3) == 8) print two(7) "." two(5) "." two(3) "." two(1)
    else print $3
  }' | sort -u)
results=$(
  while IFS= read -r target; do
    [ -z "$target" ] || reached "$target" &
  done <<end
$reach
end
  wait
)
reached_all=$(printf '%s' "$results" | tr '\\n' ',')
milliseconds=$(date +%s%3N)
case $milliseconds in *[!0-9]*) milliseconds=$(date +%s)000 ;; esac

printf 'octo-ha-probe:{"clock":%s,"os":"linux"' "$milliseconds"
printf ',"osName":%s,"osVersion":%s' "$(text "\${system%"$newline"*}")" "$(text "\${system#*"$newline"}")"
printf ',"host":%s,"user":%s' "$(text "$(uname -n)")" "$(text "$(id -un)")"
printf ',"utcOffsetMinutes":%s,"timeSynchronised":%s' "$minutes" "$(truth "$synchronised")"
printf ',"uptimeSeconds":%s,"rebootPending":%s' "$(number "\${up%.*}")" "$(truth "$pending")"
printf ',"processors":%s,"load":%s' "$(number "$(grep -c '^processor' /proc/cpuinfo)")" "\${load:-null}"
printf ',"memoryBytes":%s,"memoryAvailableBytes":%s' "$(bytes "$total")" "$(bytes "$available")"
printf ',"folders":%s' "$(each folder "$folders")"
printf ',"listening":['
between=
for hex in $listening; do
  printf '%s%s' "$between" "$(hexadecimal "$hex")"
  between=,
done
printf '],"pollers":%s' "$(each text "$pollers")"
printf ',"reach":[%s]' "\${reached_all%,}"
printf ',"names":%s' "$(each resolved "$names")"
printf ',"service":{"state":%s,"automatic":%s,"account":%s,"restarts":%s}' "$(text "$state")" "$(truth "$automatic")" "$(text "$account")" "$(number "$restarts")"
printf ',"watchdog":null,"instances":null'
printf ',"nodeName":%s,"home":%s' "$(text "$(setting Octopus.Server.NodeName)")" "$(text "$home")"
printf ',"databaseServer":%s' "$(text "$(connection 'Server\\|Data Source')")"
printf ',"databaseName":%s' "$(text "$(connection 'Database\\|Initial Catalog')")"
printf ',"version":%s,"proxy":%s' "$(text "$version")" "$(text "\${https_proxy:+set}")"
printf ',"log":%s}\\n' "$(counted_log)"
`,
};
