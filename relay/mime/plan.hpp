// What has to change so that a 7-bit transport can carry a message: found in one pass, while the
// message comes in. Pure. It holds a field, a line and some bytes for each part, never the message.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "relay/mime/structure.hpp"
#include "relay/mime/survey.hpp"

namespace kurir::mime {

// What of a message is converted.
enum class extent : std::uint8_t {
    whole,   // for a server without 8BITMIME
    fields,  // for one that has 8BITMIME and no SMTPUTF8 (RFC 6532 section 3.2)
};

enum class treatment : std::uint8_t {
    keep,
    quoted_printable,       // encode
    base64,                 // encode
    mend_quoted_printable,  // it is that already, with bytes that don't belong there
    mend_base64,
    scrub,     // text around the parts of a multipart, which nobody is shown: "?" for what is unfit
    verbatim,  // the header too: it is signed
};

struct part_plan {
    treatment content = treatment::keep;
    std::string added_type = {};  // value of the Content-Type field that it lacks
};

struct conversion_plan {
    kurir::mime::extent extent = extent::whole;
    bool needed = false;  // else the message is fit as it is
    // Why it can't be converted, as the end of a sentence about the message; empty: it can be.
    std::string trouble = {};
    std::string charset = {};  // of header text that is not UTF-8; empty: nothing is known of it
    std::vector<part_plan> parts = {};  // in the order of their begins
};

class planner final : private structure_reader {
public:
    explicit planner(extent extent = extent::whole) : extent_(extent), structure_(*this) {}
    planner(const planner&) = delete;
    planner& operator=(const planner&) = delete;

    // The next bytes of the message, however they are divided.
    void add(std::string_view chunk) { structure_.add(chunk); }

    // The message ends here. Once.
    conversion_plan finish();

private:
    struct open_part {
        std::size_t index = 0;
        content_head head = {};
        survey body = {};    // of a leaf, or the preamble
        survey behind = {};  // the epilogue
        bool delimited = false;
        bool verbatim = false;
        bool unread = false;  // content that has parts, nested too deeply
    };

    void begin_part(part_role role) override;
    void field(std::string_view text) override;
    void end_header(const content_head& head, std::string_view blank_line) override;
    void content(content_role role, std::string_view bytes) override;
    void delimiter(std::string_view line_end, std::string_view line, std::string_view boundary)
        override;
    void end_part() override;
    treatment treatment_of(const open_part& part);

    extent extent_;
    conversion_plan plan_;
    std::vector<open_part> open_;
    structure structure_;  // last, because it reports to this at once
};

}  // namespace kurir::mime
