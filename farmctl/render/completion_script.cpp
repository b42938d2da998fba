#include "farmctl/render/completion_script.hpp"

namespace farm::ctl {
namespace {

// bash splits words at '=' and ':' too: they are put together again, and what stands before the last such mark is taken off the answers.
constexpr const char* kBash =
    R"script(# bash completion of farmctl: source it, or put it into /usr/share/bash-completion/completions/farmctl
_farmctl() {
  local line=${COMP_LINE:0:COMP_POINT} words=() part answers=() answer kind word split
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  mapfile -t answers < <("${words[0]}" __complete "${words[@]:1}" 2>/dev/null)
  ((${#answers[@]})) || return 0
  kind=${answers[-1]}
  unset 'answers[-1]'
  word=${words[-1]}
  split=
  if [[ $word == *=* && $COMP_WORDBREAKS == *=* ]]; then split=${word%"${word##*=}"}; fi
  COMPREPLY=()
  for answer in "${answers[@]}"; do
    part=${answer%%$'\t'*}
    COMPREPLY+=("${part#"$split"}")
  done
  case $kind in
    :files) mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "${word#"$split"}") ;;
    :folders) mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "${word#"$split"}") ;;
  esac
  if [[ $kind != : ]]; then compopt -o filenames 2>/dev/null || true; fi
}
complete -F _farmctl farmctl
)script";

constexpr const char* kZsh = R"script(#compdef farmctl
# zsh completion of farmctl: put it as _farmctl into a folder of $fpath, or source it after compinit
_farmctl() {
  local -a answers described
  local answer kind text help
  answers=("${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  kind=${answers[-1]}
  answers[-1]=()
  for answer in "${answers[@]}"; do
    text=${answer%%$'\t'*}
    help=${answer#*$'\t'}
    described+=("${text//:/\\:}${help:+:$help}")
  done
  (( ${#described} )) && _describe -t farmctl 'farmctl' described
  case $kind in
    :files) _files ;;
    :folders) _files -/ ;;
  esac
}
if [[ ${zsh_eval_context[-1]} == loadautofunc ]]; then _farmctl "$@"; else compdef _farmctl farmctl; fi
)script";

constexpr const char* kFish = R"script(# fish completion of farmctl: put it into ~/.config/fish/completions/farmctl.fish
function __farmctl_complete
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    set -l answers ($words[1] __complete $words[2..-1] "$word" 2>/dev/null)
    for answer in $answers
        switch $answer
            case ':files'
                __fish_complete_path "$word"
            case ':folders'
                __fish_complete_directories "$word"
            case ':'
            case '*'
                echo $answer
        end
    end
end
complete -c farmctl -f -a '(__farmctl_complete)'
)script";

}  // namespace

std::string completion_script(const std::string& shell) {
  if (shell == "zsh") return kZsh;
  if (shell == "fish") return kFish;
  return kBash;
}

}  // namespace farm::ctl
