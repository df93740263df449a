import type { CommandWords, DescribedWord } from './command-words.ts';

/** To be sourced by bash, 3.2 or later: completes commands, options, and values of options that are known. */
export function bashScript(program: string, commands: readonly CommandWords[]): string {
  const name = `_${program.replace(/\W/g, '_')}`;
  return `# bash completion of ${program}: source it, as in ~/.bashrc: source <(${program} completion bash)
${name}_words() {
  case "$1" in
${commands.map(({ path, words }) => caseLine(path, words)).join('\n')}
  esac
}

${name}_options() {
  case "$1" in
${commands.map(({ path, options }) => caseLine(path, options)).join('\n')}
  esac
}

# What may follow an option: nothing known, or one of these words. Fails if nothing has to follow.
${name}_values() {
  case "$1 $2" in
${valueCases(commands).join('\n')}
    *) return 1 ;;
  esac
}

${name}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path="" word="" skip="" position
  COMPREPLY=()
  for ((position = 1; position < COMP_CWORD; position++)); do
    word="\${COMP_WORDS[position]}"
    if [[ "$word" == "--" ]]; then return; fi
    if [[ -n "$skip" ]]; then skip=""; continue; fi
    if [[ "$word" == -* ]]; then
      if ${name}_values "$path" "$word" > /dev/null; then skip="$word"; fi
    elif [[ " $(${name}_words "$path") " == *" $word "* ]]; then
      path="\${path:+$path }$word"
    fi
  done
  if [[ -n "$skip" ]]; then
    COMPREPLY=($(compgen -W "$(${name}_values "$path" "$skip")" -- "$current"))
  elif [[ "$current" == -* ]]; then
    COMPREPLY=($(compgen -W "$(${name}_options "$path")" -- "$current"))
  else
    COMPREPLY=($(compgen -W "$(${name}_words "$path")" -- "$current"))
  fi
}

complete -o default -F ${name} ${program}
`;
}

function caseLine(path: string, words: readonly DescribedWord[]): string {
  return `    "${path}") echo "${words.map(({ word }) => word).join(' ')}" ;;`;
}

function valueCases(commands: readonly CommandWords[]): readonly string[] {
  return commands.flatMap(({ path, options }) =>
    options
      .filter(({ takesValue }) => takesValue)
      .map(({ word, choices }) => `    "${path} ${word}") echo "${choices.join(' ')}" ;;`),
  );
}
