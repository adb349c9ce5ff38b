// What of a message a signature covers, byte by byte: the canonical forms of RFC 6376 section 3.4.
//
// A line ends with CRLF. A CR or LF alone is a character like any other; the intake lets none
// pass, and verifiers differ about them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "relay/base/text.hpp"

namespace kurir::dkim {

enum class canonical_form : std::uint8_t { relaxed, simple };

// A field of a header, with its continuation lines, in relaxed form (3.4.2): "name:value\r\n".
// White space is space, tab and CRLF.
std::string relaxed_field(std::string_view field);

// A body in relaxed form (3.4.4), as it comes in: nothing is kept but what a run of white space
// and a number of empty lines amount to.
class relaxed_body {
public:
    // `sink(std::string_view)` is given the canonical bytes, in order. Pieces are as long as the
    // chunk allows.
    template <class Sink>
    void add(std::string_view chunk, const Sink& sink) {
        while (!chunk.empty()) {
            const char first = chunk.front();
            if (carriage_return_) {
                carriage_return_ = false;
                if (first == '\n') {
                    end_line(sink);
                    chunk.remove_prefix(1);
                } else {
                    put(carriage_return, sink);
                }
            } else if (first == '\r') {
                carriage_return_ = true;
                chunk.remove_prefix(1);
            } else if (base::is_blank(first)) {
                space_ = true;
                chunk.remove_prefix(1);
            } else {
                const auto size = canonical_size(chunk);
                put(chunk.substr(0, size), sink);
                chunk.remove_prefix(size);
            }
        }
    }

    // The body ends here. Its last line gets a CRLF if it has none; a body without text is empty.
    template <class Sink>
    void finish(const Sink& sink) {
        if (carriage_return_) put(carriage_return, sink);
        if (has_text_) sink(line_end);
        *this = {};
    }

private:
    static constexpr std::string_view carriage_return = "\r";
    static constexpr std::string_view line_end = "\r\n";

    // How many bytes, from the first on, are canonical as they are. The first is text.
    static std::size_t canonical_size(std::string_view text) noexcept;

    template <class Sink>
    void put(std::string_view text, const Sink& sink) {
        for (; empty_lines_ > 0; --empty_lines_)
            sink(line_end);
        if (space_) sink(std::string_view(" "));
        space_ = false;
        has_text_ = true;
        sink(text);
    }

    template <class Sink>
    void end_line(const Sink& sink) {
        if (has_text_) {
            sink(line_end);
        } else {
            ++empty_lines_;
        }
        has_text_ = space_ = false;
    }

    std::uint64_t empty_lines_ = 0;  // which count only if text follows
    bool has_text_ = false;          // the line has; its end is not known yet
    bool space_ = false;             // white space, which counts only if text follows in the line
    bool carriage_return_ = false;   // of a line end, if a line feed follows
};

}  // namespace kurir::dkim
