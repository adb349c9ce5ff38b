// The fields of a header section, and how a list of names chooses among them (RFC 6376 section
// 5.4.2). Pure; the views are into the header.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace kurir::dkim {

// Printable ASCII without spaces; where it comes from there is no colon in it either.
bool is_field_name(std::string_view text) noexcept;

struct field {
    std::string_view name;  // as it is written
    std::string_view text;  // all of it, with its continuation lines and last CRLF
};

// `header` ends with its section, as `message::header_scan` finds it; the blank line may be there.
// What is neither a field nor the continuation of one is skipped.
std::vector<field> fields_of(std::string_view header);

// Gives the fields of a name one after the other, the last one first: a field that is added in
// front later is then not taken for one that was signed.
class field_stack {
public:
    explicit field_stack(const std::vector<field>& fields);
    explicit field_stack(std::vector<field>&&) = delete;  // it points into them

    // How many are left of this name, in any case.
    std::size_t count(std::string_view name) const;

    // Nothing left: null.
    const field* pop(std::string_view name);

private:
    // By names in lower case; the last field of a name is the last of its list.
    std::unordered_map<std::string, std::vector<const field*>> by_name_;
};

}  // namespace kurir::dkim
