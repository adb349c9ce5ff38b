// The words of a header field that a conversion writes: shared by the kinds of fields.
#pragma once

#include <string>
#include <string_view>

#include "relay/mime/folded_field.hpp"

namespace kurir::mime {

// A word that can't stand in a field as it is.
bool is_unfit(std::string_view word) noexcept;

// With "?" for each byte that is unfit, where no form of it is allowed.
std::string scrubbed(std::string_view text);

// Text of words and white space, `blank` before the first. Of unfit words that follow each other
// one text is made, so that the white space between them counts.
void write_text(
    folded_field& field, std::string_view blank, std::string_view text, std::string_view declared
);

// A comment, with its parentheses.
void write_comment(
    folded_field& field, std::string_view blank, std::string_view comment, std::string_view declared
);

// `text` as encoded words, `blank` before the first.
void write_encoded(
    folded_field& field, std::string_view blank, std::string_view text, std::string_view declared
);

// The kinds of fields; `value` is unfolded.
void write_addresses(folded_field& field, std::string_view value, std::string_view declared);
void write_parameters(folded_field& field, std::string_view value, std::string_view declared);

}  // namespace kurir::mime
