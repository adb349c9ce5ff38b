// The files that settings name: certificates, keys of tokens.
#pragma once

#include <string>
#include <string_view>

#include "relay/app/key_exposure.hpp"

namespace kurir::app {

// A file's text, or what is wrong with the file, as the end of a sentence.
struct file_text {
    std::string text = {};
    std::string wrong = {};
    file_standing standing = {};
};

// Only a regular file, of at most 1 MiB; a pipe without a writer does not block the thread.
file_text read_named_file(const std::string& path);

// "KURIR_TLS_CERT: '/etc/a.pem' can't be read: ..."
std::string complaint(std::string_view setting, const std::string& path, std::string_view wrong);

}  // namespace kurir::app
