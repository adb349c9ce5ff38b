// Writes a message so that a 7-bit transport can carry it, chunk by chunk, as a plan says. Pure.
//
// The same message and plan give the same bytes each time, so a first pass may measure and hash
// what a second one sends.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "relay/mime/content_writers.hpp"
#include "relay/mime/plan.hpp"
#include "relay/mime/structure.hpp"

namespace kurir::mime {

class converter final : private structure_reader {
public:
    // `plan` is of the same message, needed and without trouble; it must outlive the converter.
    explicit converter(const conversion_plan& plan);
    converter(const converter&) = delete;
    converter& operator=(const converter&) = delete;

    // Appends to `output` what is known of the converted message: at most about three times as much
    // as has come in, and a field.
    void add(std::string_view chunk, std::string& output);

    // The message ends here; what is written ends with CRLF.
    void finish(std::string& output);

    // Of what was written, the header with its blank line, once it has ended.
    const std::optional<std::size_t>& header_size() const noexcept { return header_size_; }

private:
    struct open_part {
        const part_plan* plan = nullptr;
        part_role role = part_role::message;
        bool says_encoding = false;  // a field was written
        std::string boundary = {};   // of a multipart, as it is written
        char filler = '?';           // in place of what its preamble and epilogue can't have
    };

    void begin_part(part_role role) override;
    void field(std::string_view text) override;
    void end_header(const content_head& head, std::string_view blank_line) override;
    void content(content_role role, std::string_view bytes) override;
    void delimiter(std::string_view line_end, std::string_view line, std::string_view boundary)
        override;
    void end_part() override;
    void encoding_field(std::string_view text);
    void scrub(std::string_view bytes);
    char unused_byte() const;
    void write(std::string_view text) { output_ += text; }
    void hand_over(std::string& output);

    const conversion_plan& plan_;
    std::vector<open_part> open_;
    std::size_t next_part_ = 0;
    std::variant<std::monostate, quoted_printable_writer, base64_writer> writer_;
    std::string output_;      // of this call
    std::size_t column_ = 0;  // of text that is scrubbed
    std::size_t written_ = 0;
    std::optional<std::size_t> header_size_;
    bool ends_line_ = true;
    structure structure_;  // last, because it reports to this at once
};

}  // namespace kurir::mime
