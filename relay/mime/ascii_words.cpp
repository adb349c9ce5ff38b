#include "relay/mime/ascii_words.hpp"

#include <algorithm>
#include <vector>

#include "relay/base/text.hpp"
#include "relay/mime/encoded_words.hpp"

namespace kurir::mime {

namespace {

constexpr std::size_t word_max = 900;

struct text_word {
    std::string_view blank;
    std::string_view text;
    bool unfit = false;
};

std::vector<text_word> words_of(std::string_view text) {
    std::vector<text_word> words;
    while (!text.empty()) {
        const auto begin = std::min(text.find_first_not_of(base::blanks), text.size());
        const auto end = std::min(text.find_first_of(base::blanks, begin), text.size());
        if (begin == end) break;  // white space at the end
        const auto word = text.substr(begin, end - begin);
        words.push_back({text.substr(0, begin), word, is_unfit(word)});
        text.remove_prefix(end);
    }
    return words;
}

}  // namespace

bool is_unfit(std::string_view word) noexcept {
    return word.size() > word_max || std::ranges::any_of(word, [](char c) {
               return base::is_high(c) || c == 0 || c == '\r' || c == '\n';
           });
}

std::string scrubbed(std::string_view text) {
    std::string plain(text);
    std::ranges::replace_if(plain, [](char c) { return is_unfit({&c, 1}); }, '?');
    return plain;
}

void write_encoded(
    folded_field& field, std::string_view blank, std::string_view text, std::string_view declared
) {
    for (const auto& word : encoded_words(text, charset_of(text, declared))) {
        field.word(blank, word);
        blank = " ";
    }
}

void write_text(
    folded_field& field, std::string_view blank, std::string_view text, std::string_view declared
) {
    const auto words = words_of(text);
    bool encoded_before = false;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto before = i == 0 && words[i].blank.empty() ? blank : words[i].blank;
        if (!words[i].unfit) {
            field.word(before, words[i].text);
            encoded_before = is_encoded_word(words[i].text);
            continue;
        }
        // The white space between two encoded words does not count, so it goes into one of them.
        std::string run(encoded_before ? words[i].blank : "");
        run += words[i].text;
        while (i + 1 < words.size() && words[i + 1].unfit) {
            ++i;
            run += words[i].blank;
            run += words[i].text;
        }
        const bool encoded_next = i + 1 < words.size() && is_encoded_word(words[i + 1].text);
        if (encoded_next) run += words[i + 1].blank;
        write_encoded(field, before, run, declared);
        encoded_before = true;
    }
}

void write_comment(
    folded_field& field, std::string_view blank, std::string_view comment, std::string_view declared
) {
    if (!is_unfit(comment)) return field.word(blank, comment);
    std::string plain;
    for (std::size_t i = 0; i < comment.size(); ++i) {
        const char c = comment[i];
        if (c == '\\' && i + 1 < comment.size()) {
            plain += comment[++i];
        } else if (c != '(' && c != ')') {
            plain += c;
        } else if (!plain.empty() && !base::is_blank(plain.back())) {
            plain += ' ';
        }
    }
    // Encoded as a whole: what is nested in it or quoted keeps no meaning, but its words do.
    field.word(blank, "(");
    write_encoded(field, "", base::trimmed(plain), declared);
    field.word("", ")");
}

}  // namespace kurir::mime
