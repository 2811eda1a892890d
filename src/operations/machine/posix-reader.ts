/**
 * Reads the document in `sh`, line by line, an entry a line. Values are words of `A-Z a-z 0-9 : . _ -` or base64. They
 * stay in variables, the list of words in the positional parameters, and no text of theirs is ever read as a program.
 */
export const posixReader = `\
encode() { base64 | tr -d '\\n'; }

say() {
  printf 'octo-ha:{"state":"%s","highest":"%s","boot":"%s"%s}\\n' "$1" "$highest" "$boot" "\${2-}"
  exit 0
}

cannot() { say cannot ",\\"message\\":\\"$(printf %s "$1" | encode)\\""; }

decode() {
  plain=$(printf %s "$1" | base64 -d 2>/dev/null && printf .) || cannot 'a value is not in base64'
  plain=\${plain%.}
}

verb= token= operation= step= action= manager= wait=0 grace=0 value= former= state= service= words= ports= targets= secrets=
while IFS= read -r entry; do
  entry=\${entry%,}
  case $entry in
  '"words":['*']')
    words=\${entry#*\\[}
    words=\${words%]}
    continue
    ;;
  '"secrets":['*']')
    secrets=\${entry#*\\[}
    secrets=\${secrets%]}
    continue
    ;;
  '"'*'":"'*'"') ;;
  *) continue ;;
  esac
  name=\${entry#?}
  name=\${name%%\\"*}
  text=\${entry#*\\":\\"}
  text=\${text%?}
  case $text in *[!A-Za-z0-9+/=:._-]*) cannot "the value of $name is not understood" ;; esac
  case $name in
  verb) verb=$text ;;
  token) token=$text ;;
  operation) operation=$text ;;
  step) step=$text ;;
  action) action=$text ;;
  manager) manager=$text ;;
  wait) wait=$text ;;
  grace) grace=$text ;;
  value) value=$text ;;
  former) former=$text ;;
  ports) ports=$text ;;
  state) decode "$text" && state=$plain ;;
  service) decode "$text" && service=$plain ;;
  targets) decode "$text" && targets=$plain ;;
  esac
done
set --
while [ -n "$words" ]; do
  words=\${words#\\"}
  decode "\${words%%\\"*}"
  set -- "$@" "$plain"
  words=\${words#*\\"}
  words=\${words#,}
done
case $service in *[!A-Za-z0-9:_.@\\\\-]*) cannot 'the name of the service has a character that no name has' ;; esac`;
