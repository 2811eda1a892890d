import type { Bootstrap } from '../../../ports/shell.js';

/**
 * Looks at the shared folder, as the account of Octopus Server or in its container. For every POSIX `sh`; values stay in
 * variables, and no text of theirs is ever read as a program.
 *
 * Where the folder leads is read from the table of mounts of the process itself: source, and folder within the source.
 * `flock` is a lock that file systems over the network pass on to the server.
 */
const probe = `\
set -u
umask 022
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL

document=$(cat)
account=$1
as=$2

encode() { printf %s "$1" | base64 | tr -d '\\n'; }

field() { printf '%s\\n' "$document" | sed -n "s/^\\"$1\\":\\"\\([A-Za-z0-9+/=._-]*\\)\\",\\{0,1\\}\\$/\\1/p"; }

user=$(id -un 2>/dev/null || id -u)
[ "$as" != compare ] || { [ "$user" = "$account" ] && as=service || as=other; }

say() {
  printf 'octo-ha:{"state":"%s","user":"%s","account":"%s","as":"%s"%s}\\n' \\
    "$1" "$(encode "$user")" "$(encode "$account")" "$as" "\${2-}"
  exit 0
}

cannot() { say cannot ",\\"message\\":\\"$(encode "$1")\\""; }

# A line end at the end of a value is a part of it.
decode() { printf %s "$(field "$1")" | base64 -d 2>/dev/null && printf .; }
path=$(decode path) || cannot 'the path is not in base64'
path=\${path%.}
case $path in /*) ;; *) cannot "$path is no path of this machine" ;; esac
text=$(decode text)
text=\${text%.}
verb=$(field verb)
file=$(field file)
folder=$path/$(field folder)
case $verb:$file in
look: | hold: | try: | remove: | write:probe | write:lock | write:release | see:probe | see:held) ;;
*) cannot "there is no $verb of $file" ;;
esac

[ -d "$path" ] || say missing

find_mount() {
  real=$(cd -P -- "$path" && pwd -P) || cannot "$path cannot be opened"
  best=
  while read -r _ _ number root mount _ rest; do
    case $mount in *\\\\*) mount=$(printf %b "$mount") ;; esac
    # Not within the pattern itself: bash takes an empty result there for something else.
    stem=\${mount%/}
    case $real/ in "$stem"/*) ;; *) continue ;; esac
    [ \${#mount} -ge \${#best} ] || continue
    best=$mount
    top=$root
    device=$number
    rest=\${rest#*- }
    type=\${rest%% *}
    rest=\${rest#* }
    source=\${rest%% *}
  done </proc/self/mountinfo
  [ -n "$best" ] || cannot 'the table of mounts cannot be read'
  case $top in *\\\\*) top=$(printf %b "$top") ;; esac
  case $source in *\\\\*) source=$(printf %b "$source") ;; esac
  stem=\${best%/}
  inside=\${top%/}\${real#"$stem"}
}

case $verb in
look)
  ls "$path" >/dev/null 2>&1 || cannot "$path cannot be listed"
  find_mount
  machine=
  { read -r machine </proc/sys/kernel/random/boot_id; } 2>/dev/null
  more=",\\"type\\":\\"$(encode "$type")\\",\\"source\\":\\"$(encode "$source")\\""
  more="$more,\\"inside\\":\\"$(encode "$inside")\\",\\"device\\":\\"$(encode "$device")\\""
  say looked "$more,\\"machine\\":\\"$(encode "$machine")\\""
  ;;
write)
  error=$({ mkdir -p "$folder" && printf %s "$text" >"$folder/$file"; } 2>&1) || cannot "$error"
  # Another node may have another account, and needs to open the lock for writing.
  [ "$file" != lock ] || chmod 666 "$folder/$file" 2>/dev/null
  say written
  ;;
see)
  # A file that was not there may be remembered as missing for a while, unless the folder is read.
  ls "$folder" >/dev/null 2>&1
  [ -e "$folder/$file" ] || say missing
  say seen ",\\"text\\":\\"$(base64 <"$folder/$file" | tr -d '\\n')\\""
  ;;
remove)
  for file in held probe release lock; do rm -f "$folder/$file"; done
  [ ! -d "$folder" ] || error=$(rmdir "$folder" 2>&1) || cannot "$error"
  say removed
  ;;
esac

command -v flock >/dev/null || cannot 'flock is not installed'
ls "$folder" >/dev/null 2>&1
[ -e "$folder/lock" ] || say missing
# A file system may also refuse to open what another machine has locked.
(: >>"$folder/lock") 2>/dev/null || say refused
exec 9>>"$folder/lock"
error=$(flock -n 9 2>&1)
case $? in
0) ;;
1) say refused ;;
*) cannot "flock: $error" ;;
esac
[ "$verb" = hold ] || say taken
error=$({ printf %s "$text" >"$folder/held"; } 2>&1) || cannot "$error"
until=$(($(date +%s) + $(field seconds)))
while [ ! -e "$folder/release" ]; do
  [ -e "$folder/held" ] && [ "$(date +%s)" -lt "$until" ] || say expired
  sleep 0.2
done
say released
`;

/**
 * Becomes the account of Octopus Server first, where it can: in a container that is whoever the image says, and with
 * systemd the user of the unit.
 */
export const posixProbe: Bootstrap = {
  language: 'sh',
  script: `\
set -u
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
probe=$(cat <<'end of probe'
${probe}end of probe
)
document=$(cat)
value() { printf '%s\\n' "$document" | sed -n "s/^\\"$1\\":\\"\\([A-Za-z0-9+/=._-]*\\)\\",\\{0,1\\}\\$/\\1/p"; }
manager=$(value manager)
service=$(printf %s "$(value service)" | base64 -d 2>/dev/null)
case $service in *[!A-Za-z0-9:_.@\\\\-]*) service= ;; esac
run() { printf '%s\\n' "$document" | "$@"; }
case $manager in
docker) run docker exec -i -- "$service" sh -c "$probe" octo-ha '' service ;;
systemd)
  account=
  [ "$(systemctl show -p LoadState --value -- "$service" 2>/dev/null)" != loaded ] ||
    account=$(systemctl show -p User --value -- "$service" 2>/dev/null) account=\${account:-root}
  if [ -z "$account" ]; then
    run sh -c "$probe" octo-ha '' unknown
  elif [ "$(id -u)" = 0 ] && [ "$account" != root ] && command -v runuser >/dev/null; then
    run runuser -u "$account" -- sh -c "$probe" octo-ha "$account" compare
  else
    run sh -c "$probe" octo-ha "$account" compare
  fi
  ;;
*) run sh -c "$probe" octo-ha '' unknown ;;
esac
`,
};
