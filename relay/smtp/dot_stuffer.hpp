// Dot-stuffing: the form in which DATA carries a message (RFC 5321 section 4.5.2).
//
// Every line that begins with a dot gets one more, and the end gets CRLF if it has none, then the
// dot alone. Messages have only CRLF line ends here: other line ends were refused or normalized
// when the message was received (security 2.1).
#pragma once

#include <string>
#include <string_view>

namespace kurir::smtp {

class dot_stuffer {
public:
    // Appends the stuffed form of `bytes` to `out`. A message may be divided anywhere.
    void append(std::string_view bytes, std::string& out);

    // Appends the end of data.
    void finish(std::string& out);

private:
    // How much of a CRLF is directly before the next byte. A message begins like a line.
    enum class tail : unsigned char { none, cr, crlf };
    tail tail_ = tail::crlf;
};

}  // namespace kurir::smtp
