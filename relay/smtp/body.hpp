// Decodes the bytes of DATA or BDAT to the message: the end of data, dots, line ends, sizes.
//
// Only the five bytes CR LF "." CR LF end the data, or "." CR LF at its very start (RFC 5321
// 4.1.1.4). The message has no other line end than CR LF, and no NUL: several CRs before an LF are
// one line end, any other CR or LF is one too, and a NUL becomes a space. By policy these make the
// message unacceptable instead. Such a line end never begins a line of DATA, so it can't turn
// message bytes into commands (SMTP smuggling, CVE-2023-51764), and no receiver that drops NUL or
// takes a bare LF for a line end sees another end of data than we do. The result does not depend on
// how the bytes are divided.
//
// This is the hot path: memchr finds the lines, and a run of lines is one piece.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kurir::smtp {

enum class newline_policy : std::uint8_t {
    reject,     // such a message is read to its end and refused
    normalize,  // bare CR and LF become line ends, NUL a space
};

enum class framing : std::uint8_t {
    dotted,   // DATA: ends by itself, lines are dot-stuffed
    counted,  // BDAT: the caller knows the end; nothing is stuffed (RFC 3030 section 2)
};

// Facts about the message so far.
struct content_facts {
    std::uint64_t size = 0;          // decoded bytes, that is without stuffed dots
    std::uint64_t longest_line = 0;  // without its line end
    bool eight_bit = false;
    bool bare_cr = false;
    bool bare_lf = false;
    bool nul = false;
    bool operator==(const content_facts&) const = default;
};

class body_decoder {
public:
    body_decoder(framing frame, newline_policy policy) noexcept
        : dotted_(frame == framing::dotted), reject_(policy == newline_policy::reject) {}

    struct piece {
        std::string_view bytes;    // of the message: part of the input, or of static storage
        std::size_t consumed = 0;  // bytes of the input; may be none
        bool end = false;          // the end of data was consumed; what follows are commands
    };

    // Decodes a part of `input`, which is not empty. Call again with the rest until all of it is
    // consumed or `end` is reported.
    piece decode(std::string_view input) noexcept;

    // Counted framing only: the bytes that the end of the last chunk adds. A last line without its
    // line end gets one, so that it can be sent by DATA too. Empty if nothing is missing.
    std::string_view finish() noexcept;

    // With the rejecting policy: the message has a bare CR or LF, or a NUL.
    bool malformed() const noexcept { return reject_ && (facts_.bare_cr || facts_.bare_lf); }
    bool refused_nul() const noexcept { return reject_ && facts_.nul; }

    const content_facts& facts() const noexcept { return facts_; }

private:
    enum class position : std::uint8_t {
        line_start,  // after CR LF, and at the start of the data
        in_line,
        cr,       // `held_` CRs that are kept back: the next byte decides
        dot,      // a dot at the start of a line, kept back
        dot_cr,   // that dot and a CR
        line_end  // `held_` line ends that are next
    };

    piece after_cr(std::string_view input) noexcept;
    piece after_dot(char next) noexcept;
    piece after_dot_cr(std::string_view input) noexcept;
    piece held_line_ends() noexcept;
    piece spaces_for_nul(std::string_view input) noexcept;
    piece run_of_lines(std::string_view input) noexcept;
    piece give(std::string_view bytes, std::size_t consumed) noexcept;
    void end_line(std::uint64_t length) noexcept;

    bool dotted_;
    bool reject_;
    position at_ = position::line_start;
    std::uint64_t held_ = 0;
    std::size_t without_nul_ = 0;  // this many bytes of the next input are known to have no NUL
    std::uint64_t line_ = 0;       // decoded bytes of the current line
    content_facts facts_;
};

}  // namespace kurir::smtp
