// Dot-stuffing: the form in which DATA carries a message (RFC 5321 section 4.5.2).
//
// Every line that begins with a dot gets one more, and the end gets CRLF if it has none, then the
// dot alone. Messages hold only CRLF line ends when they come here: what has others was refused or
// normalized when it was received (security 2.1).
#pragma once

#include <string>
#include <string_view>

namespace kurir::smtp {

class dot_stuffer {
public:
    // Appends the stuffed form of `bytes` to `out`. Cuts between calls may lie anywhere.
    void append(std::string_view bytes, std::string& out);

    // Appends the end of data.
    void finish(std::string& out);

private:
    // How much of a CRLF stands right before the next byte. A message begins as a line does.
    enum class tail : unsigned char { none, cr, crlf };
    tail tail_ = tail::crlf;
};

}  // namespace kurir::smtp
