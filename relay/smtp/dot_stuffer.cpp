#include "relay/smtp/dot_stuffer.hpp"

namespace kurir::smtp {

void dot_stuffer::append(std::string_view bytes, std::string& out) {
    if (bytes.empty()) return;
    if (tail_ == tail::crlf && bytes.front() == '.') out += '.';
    if (tail_ == tail::cr && bytes.starts_with("\n.")) {
        out += "\n.";
        bytes.remove_prefix(1);
    }

    std::size_t copied = 0;
    for (;;) {
        const auto found = bytes.find("\n.", copied);
        if (found == std::string_view::npos) break;
        out.append(bytes, copied, found + 1 - copied);
        out += '.';
        copied = found + 1;
    }
    out.append(bytes, copied);

    if (bytes.ends_with("\r\n") || (tail_ == tail::cr && bytes == "\n")) {
        tail_ = tail::crlf;
    } else {
        tail_ = bytes.back() == '\r' ? tail::cr : tail::none;
    }
}

void dot_stuffer::finish(std::string& out) {
    if (tail_ != tail::crlf) out += tail_ == tail::cr ? "\n" : "\r\n";
    out += ".\r\n";
}

}  // namespace kurir::smtp
