import type { CommandWords, DescribedWord } from './command-words.ts';

/** For zsh, as a file of its function path or sourced after `compinit`: completes commands and options, with what they mean. */
export function zshScript(program: string, commands: readonly CommandWords[]): string {
  const name = `_${program.replace(/\W/g, '_')}`;
  return `#compdef ${program}
# zsh completion of ${program}: source it, as in ~/.zshrc after compinit: source <(${program} completion zsh)
${name}() {
  local current="\${words[CURRENT]}" command_path="" word skip="" position
  local -a known options valued
  for ((position = 2; position < CURRENT; position++)); do
    word="\${words[position]}"
    if [[ "$word" == "--" ]]; then _normal; return; fi
    if [[ -n "$skip" ]]; then skip=""; continue; fi
    ${name}_of "$command_path"
    if [[ "$word" == -* ]]; then
      if (( \${valued[(Ie)$word]} )); then skip="$word"; fi
    elif (( \${known[(I)$word:*]} )); then
      command_path="\${command_path:+$command_path }$word"
    fi
  done
  ${name}_of "$command_path"
  if [[ -n "$skip" ]]; then
    _files
  elif [[ "$current" == -* ]]; then
    _describe option options
  elif (( \${#known} )); then
    _describe command known
  else
    _files
  fi
}

${name}_of() {
  case "$1" in
${commands.map(caseOf).join('\n')}
  esac
}

if [[ "$funcstack[1]" == "${name}" ]]; then ${name} "$@"; else compdef ${name} ${program}; fi
`;
}

function caseOf({ path, words, options }: CommandWords): string {
  const valued = options.filter(({ takesValue }) => takesValue).map(({ word }) => word);
  return [
    `    "${path}")`,
    `      known=(${words.map(described).join(' ')})`,
    `      options=(${options.map(described).join(' ')})`,
    `      valued=(${valued.join(' ')}) ;;`,
  ].join('\n');
}

/** `'word:description'` */
function described({ word, description }: DescribedWord): string {
  return `'${`${word}:${description}`.replaceAll("'", "'\\''")}'`;
}
