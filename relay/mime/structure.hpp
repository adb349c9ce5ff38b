// Reads the structure of a message while it comes in: its parts, their fields and bodies, nested to
// any depth (RFC 2046 section 5.1). Every byte is given to the reader, in order. Pure.
//
// What is not as it should be is read as common parsers read it:
//
// - A header ends with a blank line, or before the first line that is no field.
// - A delimiter is a line of its own, but for white space at its end: "--b1" is none of "b". It
// ends
//   all parts inside, whether their own end has come or not. An outer one ends them too.
// - A multipart without a boundary, or nested too deeply, is content.
// - message/rfc822 is read as a message, unless it says that it is encoded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "relay/mime/content_head.hpp"

namespace kurir::mime {

// What a part is, as far as it matters to its reader.
enum class part_role : std::uint8_t { message, body_part };

enum class content_role : std::uint8_t {
    leaf,      // the body of a part
    preamble,  // of a multipart, before the first delimiter; or its body if none comes
    epilogue,  // after its last delimiter
};

// Is told of parts in the order of the message.
class structure_reader {
public:
    virtual ~structure_reader() = default;

    virtual void begin_part(part_role role) = 0;
    // With its line ends. The last one of a message may lack its own.
    virtual void field(std::string_view text) = 0;
    // `blank_line`: with its CRLF; empty: there was none.
    virtual void end_header(const content_head& head, std::string_view blank_line) = 0;
    virtual void content(content_role role, std::string_view bytes) = 0;
    // `line_end`: the CRLF in front, which belongs to it. `line`: with its own CRLF, if it has one.
    virtual void delimiter(
        std::string_view line_end, std::string_view line, std::string_view boundary
    ) = 0;
    // Of the part that began last and has not ended.
    virtual void end_part() = 0;
};

class structure {
public:
    // `reader` must outlive this.
    explicit structure(structure_reader& reader);

    // The next bytes of the message, however they are divided. False: a limit was passed, and no
    // more is read.
    bool add(std::string_view chunk);

    // The message ends here.
    bool finish();

    // Why it was given up, as the end of a sentence about the message; empty: it was not.
    std::string_view trouble() const noexcept { return trouble_; }

    static constexpr std::size_t field_max = 1024UL * 1024;
    static constexpr std::size_t parts_max = 10'000;
    static constexpr std::size_t depth_max = 50;

private:
    struct level {
        content_head head = {};
        bool is_multipart = false;
        bool is_digest = false;
        bool closed = false;  // its last delimiter has come
    };
    enum class state : std::uint8_t { header, line_start, in_line };

    void begin(part_role role);
    void end_above(std::size_t depth);
    void on_header_line(std::string_view line);
    void end_field();
    void end_header(std::string_view blank_line);
    std::size_t take_line_start(std::string_view chunk);
    std::size_t take_content(std::string_view chunk);
    void decide_line();
    bool take_delimiter(std::string_view line);
    void give(std::string_view bytes);
    void give_line_end();

    structure_reader& reader_;
    std::vector<level> levels_;
    state state_ = state::header;
    std::string line_;   // of a header, or the begin of one that may be a delimiter
    std::string field_;  // with the lines that have come
    std::string tail_;   // CR or CRLF of the content, until it is known what follows
    std::size_t parts_ = 0;
    std::string_view trouble_;
};

}  // namespace kurir::mime
