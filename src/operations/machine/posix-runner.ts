/**
 * What carries an effect out on Linux, in a session of its own: whatever happens to the connection it lives on. It
 * inherits the effect lock as file 8, and gives it to nothing that it starts: a service started by hand would hold it.
 *
 * A result goes to file 3, apart from what was printed. Everything that is recorded is on the disk before it counts.
 *
 * What is confidential comes as the one line of its standard input, and only the command itself is told it: it stays in
 * variables that nothing inherits, and is taken out of what the command prints before that is written down.
 */
export const posixRunner = `\
record=$1 token=$2 boot=$3 action=$4 manager=$5 service=$6 value=$7 former=$8 grace=$9
shift 9
IFS= read -r secrets || exit

keep() {
  printf '%s\\n' "$2" >"$record/$1.new" && { sync "$record/$1.new" 2>/dev/null || sync; } && mv -f "$record/$1.new" "$record/$1"
}

now() { date -u +%Y-%m-%dT%H:%M:%SZ; }

start_type() {
  case $manager in
  docker)
    policy='{{.HostConfig.RestartPolicy.Name}}:{{.HostConfig.RestartPolicy.MaximumRetryCount}}'
    found=$(docker inspect --type container -f "$policy" -- "$service") || return
    found=\${found%:0}
    printf '%s\\n' "\${found:-no}"
    ;;
  *)
    # It exits with 1 for everything that does not start by itself.
    found=$(systemctl is-enabled -- "$service" 2>/dev/null)
    [ -n "$found" ] && [ "$found" != not-found ] && printf '%s\\n' "$found"
    ;;
  esac
}

set_docker_policy() {
  case $value in
  auto) policy=unless-stopped ;;
  former) policy=$former ;;
  *) policy=no ;;
  esac
  docker update --restart="$policy" -- "$service"
}

set_systemd() {
  case $value.$former in auto.* | former.enabled*) ;; former.masked*) ;; *) systemctl disable -- "$service" ;; esac
  case $value.$former in
  # A unit whose file is in /etc cannot be masked; being off is what counts.
  disabled.*) systemctl mask -- "$service" || : ;;
  former.masked-runtime) systemctl mask --runtime -- "$service" ;;
  former.masked) systemctl mask -- "$service" ;;
  *) systemctl unmask -- "$service" ;;
  esac || return
  case $value.$former in
  former.enabled-runtime) systemctl enable --runtime -- "$service" ;;
  auto.* | former.enabled) systemctl enable -- "$service" ;;
  esac
}

newline='
'

# Takes what is confidential out of every line.
scrub() {
  while IFS= read -r line || [ -n "$line" ]; do
    left=$hidden
    while [ -n "$left" ]; do
      value=\${left%%"$newline"*}
      left=\${left#*"$newline"}
      before=
      while :; do
        case $line in *"$value"*) ;; *) break ;; esac
        before=$before\${line%%"$value"*}...
        line=\${line#*"$value"}
      done
      line=$before$line
    done
    printf '%s\\n' "$line"
  done
}

# Runs a command with what it is told in confidence. The exit code goes around what looks through its output.
confided() {
  hidden= variables=
  while [ -n "$secrets" ]; do
    one=\${secrets%%,*}
    secrets=\${secrets#"$one"}
    secrets=\${secrets#,}
    one=\${one#\\"}
    # Nor does what reads the next one inherit them.
    one=$(unset $variables; printf %s "\${one%\\"}" | base64 -d && printf .) || return
    one=\${one%.}
    case $one in
    word:*) set -- "$@" "\${one#word:}" ;;
    variable:*)
      one=\${one#variable:}
      export "$one"
      variables="$variables \${one%%=*}"
      ;;
    hidden:*) hidden=$hidden\${one#hidden:}$newline ;;
    esac
  done
  exec 5>&1
  code=$( { { "$@" 2>&1 3>&- 4>&- 5>&-; printf %s "$?" >&4; } | scrub >&5; } 4>&1 )
  return "$code"
}

act() {
  case $action.$manager in
  service-stop.docker) docker stop -t "$grace" -- "$service" ;;
  service-stop.*) systemctl stop -- "$service" ;;
  service-start.docker) docker start -- "$service" ;;
  service-start.*) systemctl start -- "$service" ;;
  set-start-type.*)
    start_type >&3 || return
    if [ "$manager" = docker ]; then set_docker_policy; else set_systemd; fi || return
    start_type >&3
    ;;
  watchdog-suspend.* | watchdog-restore.*) ;;
  reboot.*) systemctl reboot ;;
  run.* | octopus-node-drain-cancel.*) if [ -n "$secrets" ]; then confided "$@"; else "$@" 3>&-; fi ;;
  *)
    echo "there is no action $action"
    return 127
    ;;
  esac
}

exec </dev/null >"$record/output" 2>&1
keep started "$token $action $(now) $boot" || exit
(
  exec 8>&- 3>"$record/result"
  act "$@"
) &
command=$!
{ read -r stat <"/proc/$command/stat"; } 2>/dev/null && (
  set -- \${stat##*) }
  printf '%s %s\\n' "$command" "\${20-}" >"$record/process"
)
wait "$command"
keep exit "$? $(now)"`;
