// What the name of a key's file says. Pure.
//
//   DOMAIN/SELECTOR.pem, .private                  ours; opendkim's
//   DOMAIN/SELECTOR.from-YYYY-MM-DD.pem, .private  from 00:00 UTC of that day on
//   DOMAIN.pem, .private                           docker-postfix'; the selector is in a setting
//
// Each may lie in a folder `keys`, as opendkim's do. A file of another kind is none of ours, and
// neither is one that is hidden or in a hidden folder, as orchestrators have for mounted secrets.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "relay/base/result.hpp"

namespace kurir::dkim {

struct key_place {
    std::string domain = {};    // lower case, with A-labels
    std::string selector = {};  // lower case; empty: the file does not name it
    std::optional<std::chrono::sys_days> begin = {};  // nothing: it has always been valid
    bool operator==(const key_place&) const = default;
};

// False: the file is none of a key, and is not to be read.
bool is_key_file(std::string_view path) noexcept;

// Of the file of a key, below the folder of keys. The error is the end of a sentence about it.
base::result<key_place, std::string> place_of(std::string_view path);

}  // namespace kurir::dkim
