#include "relay/mime/converter.hpp"

#include <algorithm>
#include <utility>

#include "relay/base/text.hpp"
#include "relay/mime/ascii_field.hpp"
#include "relay/mime/ascii_words.hpp"

namespace kurir::mime {

namespace {

constexpr std::string_view encoding_name = "Content-Transfer-Encoding";

std::string_view encoding_of(treatment treatment) {
    switch (treatment) {
        case treatment::quoted_printable:
            return "quoted-printable";
        case treatment::base64:
            return "base64";
        default:
            return {};
    }
}

}  // namespace

converter::converter(const conversion_plan& plan) : plan_(plan), structure_(*this) {}

void converter::add(std::string_view chunk, std::string& output) {
    structure_.add(chunk);
    hand_over(output);
}

void converter::finish(std::string& output) {
    structure_.finish();
    hand_over(output);
    if (!ends_line_) output += "\r\n";
}

void converter::hand_over(std::string& output) {
    if (output_.empty()) return;
    ends_line_ = output_.ends_with("\r\n");
    written_ += output_.size();
    output += output_;
    output_.clear();
}

void converter::begin_part(part_role role) {
    open_.push_back({.plan = &plan_.parts[next_part_++], .role = role});
    writer_ = {};
    column_ = 0;
}

void converter::field(std::string_view text) {
    const auto treatment = open_.back().plan->content;
    if (treatment == treatment::verbatim) return write(text);
    if (base::equal_ignoring_case(field_name(text), encoding_name)) return encoding_field(text);
    write(ascii_field(text, plan_.charset));
}

// What said 8bit or binary is 7bit now, unless it is encoded.
void converter::encoding_field(std::string_view text) {
    auto& part = open_.back();
    if (const auto encoding = encoding_of(part.plan->content); !encoding.empty()) {
        if (!std::exchange(part.says_encoding, true))
            write(std::string(encoding_name) + ": " + std::string(encoding) + "\r\n");
        return;
    }
    content_head said;
    read_field(said, text);
    if (said.encoding == transfer_encoding::eight_bit && plan_.extent == extent::whole) {
        write(std::string(encoding_name) + ": 7bit\r\n");
    } else {
        write(ascii_field(text, plan_.charset));
    }
}

void converter::end_header(const content_head& head, std::string_view blank_line) {
    auto& part = open_.back();
    const auto encoding = encoding_of(part.plan->content);
    if (!encoding.empty()) {
        if (part.role == part_role::message && !head.has_version) write("MIME-Version: 1.0\r\n");
        if (!part.plan->added_type.empty())
            write("Content-Type: " + part.plan->added_type + "\r\n");
        if (!part.says_encoding) encoding_field({});
        // Without it the first line, once it is encoded, may look like a field.
        if (blank_line.empty()) write("\r\n");
    }
    write(blank_line);
    if (!head.boundary.empty()) {
        part.boundary = ascii_boundary(head.boundary);
        part.filler = unused_byte();
    }
    if (open_.size() == 1) header_size_ = written_ + output_.size();
    switch (part.plan->content) {
        case treatment::quoted_printable:
            writer_ = quoted_printable_writer(writing::encode);
            break;
        case treatment::mend_quoted_printable:
            writer_ = quoted_printable_writer(writing::mend);
            break;
        case treatment::base64:
            writer_ = base64_writer(writing::encode);
            break;
        case treatment::mend_base64:
            writer_ = base64_writer(writing::mend);
            break;
        default:
            writer_ = {};
    }
}

void converter::content(content_role, std::string_view bytes) {
    if (auto* quoted = std::get_if<quoted_printable_writer>(&writer_)) {
        quoted->add(bytes, output_);
    } else if (auto* base64 = std::get_if<base64_writer>(&writer_)) {
        base64->add(bytes, output_);
    } else if (open_.back().plan->content == treatment::scrub) {
        scrub(bytes);
    } else {
        write(bytes);
    }
}

// `bytes` is a line end, or has none. No line may become a delimiter by what it gets or where it is
// divided.
void converter::scrub(std::string_view bytes) {
    if (bytes == "\r\n") {
        column_ = 0;
        return write(bytes);
    }
    for (const char c : bytes) {
        if (column_ == line_max) {
            write("\r\n ");
            column_ = 1;
        }
        output_ += is_unfit({&c, 1}) ? open_.back().filler : c;
        ++column_;
    }
}

// A byte that no boundary has which a line here may be compared with.
char converter::unused_byte() const {
    for (const char c : std::string_view("?*#!%&$~^|")) {
        const bool used = std::ranges::any_of(open_, [c](const open_part& each) {
            return each.boundary.find(c) != std::string::npos;
        });
        if (!used) return c;
    }
    return '?';
}

void converter::delimiter(
    std::string_view line_end, std::string_view line, std::string_view boundary
) {
    column_ = 0;
    write(line_end);
    if (!needs_encoding(line) || open_.back().plan->content == treatment::verbatim)
        return write(line);
    const bool last = base::trimmed_back(line, base::white_space).size() > boundary.size() + 2;
    write("--" + (is_unfit(boundary) ? ascii_boundary(boundary) : std::string(boundary)));
    write(last ? "--\r\n" : "\r\n");
}

void converter::end_part() {
    if (auto* quoted = std::get_if<quoted_printable_writer>(&writer_)) quoted->finish(output_);
    if (auto* base64 = std::get_if<base64_writer>(&writer_)) base64->finish(output_);
    writer_ = {};
    open_.pop_back();
}

}  // namespace kurir::mime
