import type { Command } from './commands/command.ts';
import { formats } from './format.ts';
import { globalOptions } from './global-options.ts';

/**
 * A completion script for bash: `source <(iorcl complete)`. It knows words and options; what is on the host it does not
 * ask, so that a key press never waits for a network.
 */
export function bashCompletion(commands: readonly Command[]): string {
  const nouns = [...new Set(commands.map(({ words: [first = ''] }) => first))];
  const verbs = nouns.flatMap((noun) => {
    const after = commands.flatMap(({ words }) => (words[0] === noun && words[1] !== undefined ? [words[1]] : []));
    return after.length === 0 ? [] : [`    ${noun}) words="${after.join(' ')}" ;;`];
  });
  const common = globalOptions.map(({ name }) => `--${name}`).join(' ');
  const cases = (length: number): string =>
    commands
      .filter(({ words }) => words.length === length)
      .map(({ words, options = {} }) => {
        const own = Object.keys(options).map((name) => `--${name}`);
        return `      "${words.join(' ')}") words="${[...own, common].join(' ')}" ;;`;
      })
      .join('\n');
  return `# bash completion of iorcl: source <(iorcl complete)
_iorcl() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} words=""
  case "$before" in
    -f|--format) COMPREPLY=($(compgen -W "${formats.join(' ')}" -- "$current")); return ;;
  esac
  if [[ $current == -* ]]; then
    words="${common}"
    case "\${COMP_WORDS[1]} \${COMP_WORDS[2]}" in
${cases(2)}
    esac
    case "\${COMP_WORDS[1]}" in
${cases(1)}
    esac
  elif (( COMP_CWORD == 1 )); then
    words="${nouns.join(' ')} complete"
  elif (( COMP_CWORD == 2 )); then
    case "$before" in
${verbs.join('\n')}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _iorcl iorcl`;
}
