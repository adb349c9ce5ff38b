// The tokens of a field of addresses (RFC 5322 section 3.2), without white space and comments.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace kurir::message {

// A word is an atom, a dot-atom or a quoted string.
struct address_token {
    enum class kind_of : std::uint8_t { word, literal, special, end };
    kind_of kind = kind_of::end;
    std::size_t begin = 0;  // in the text
    std::size_t end = 0;
    char special = '\0';
};

class address_tokens {
public:
    // `text` may be folded, and must outlive the tokens.
    explicit address_tokens(std::string_view text) : text_(text) {}

    // Nothing if the text is malformed.
    std::optional<address_token> next();

private:
    bool skip_space();
    bool skip_to(char last);

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace kurir::message
