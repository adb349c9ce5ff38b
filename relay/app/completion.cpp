#include "relay/app/completion.hpp"

#include <string_view>

namespace kurir::app {

namespace {

std::string joined_words(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& each : words)
        text += (text.empty() ? "" : " ") + each;
    return text;
}

// The words that may follow the command, unless an option waits for its value.
std::string words_after(const described_command& command) {
    auto words = command.subcommands;
    for (const auto& option : command.options) {
        const auto& more = option.names.empty() ? option.choices : option.names;
        words.insert(words.end(), more.begin(), more.end());
    }
    return joined_words(words);
}

// A branch of a `case`: sets `found`.
std::string branch(const std::string& pattern, const std::string& words) {
    return "        \"" + pattern + "\") found=(" + words + ") ;;\n";
}

// Statements that both shells understand. They use `place`, which is the program's name at first,
// `word`, `previous`, the word in front of the cursor, and the array `found`. `words_before` are
// the words between the program's name and the cursor.
std::string search(const std::vector<described_command>& commands, std::string_view words_before) {
    std::string deeper;
    std::string values;
    std::string words;
    for (const auto& command : commands) {
        for (const auto& name : command.subcommands) {
            const auto path = command.path + ' ' + name;
            deeper += "            \"" + path + "\") place='" + path + "' ;;\n";
        }
        for (const auto& option : command.options) {
            if (option.value.empty()) continue;
            for (const auto& name : option.names)
                values += branch(command.path + ' ' + name, joined_words(option.choices));
        }
        words += "    " + branch(command.path, words_after(command));
    }
    return "    for word in " + std::string(words_before) +
           "; do\n"
           "        case \"$place $word\" in\n" +
           deeper +
           "        esac\n"
           "    done\n"
           "    case \"$place $previous\" in\n" +
           values +
           "        *)\n"
           "            case \"$place\" in\n" +
           words +
           "            esac\n"
           "            ;;\n"
           "    esac\n";
}

}  // namespace

std::string bash_completion(
    const std::vector<described_command>& commands, const std::string& program
) {
    const auto function = '_' + program;
    return "# " + program + " completion bash\n" + function +
           "() {\n"
           "    local previous=${COMP_WORDS[COMP_CWORD-1]} place=" +
           program + " word found=()\n" + search(commands, "\"${COMP_WORDS[@]:1:COMP_CWORD-1}\"") +
           "    mapfile -t COMPREPLY < <(compgen -W \"${found[*]}\" -- "
           "\"${COMP_WORDS[COMP_CWORD]}\")\n"
           "}\n"
           "complete -F " +
           function + ' ' + program + '\n';
}

std::string zsh_completion(
    const std::vector<described_command>& commands, const std::string& program
) {
    const auto function = '_' + program;
    return "#compdef " + program + "\n# " + program + " completion zsh\n" + function +
           "() {\n"
           "    local previous=${words[CURRENT-1]} place=" +
           program +
           " word\n"
           "    local -a found\n" +
           search(commands, "${words[2,CURRENT-1]}") +
           "    compadd -- $found\n"
           "}\n"
           // A file of a folder of completions is the function's body; else it is told to the
           // shell.
           "if [ \"$funcstack[1]\" = " +
           function + " ]; then " + function + " \"$@\"; else compdef " + function + ' ' + program +
           "; fi\n";
}

}  // namespace kurir::app
