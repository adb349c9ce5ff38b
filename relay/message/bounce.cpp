#include "relay/message/bounce.hpp"

#include <algorithm>
#include <cassert>

#include "relay/message/trace.hpp"

namespace kurir::message {

namespace {

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > 0; });
}

// Without control characters: nothing of an envelope may begin a line of its own.
std::string tame(std::string_view text) {
    std::string result(text);
    std::replace_if(
        result.begin(),
        result.end(),
        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; },
        '?'
    );
    return result;
}

// "Name: value" with its CRLF, folded at spaces so that no line passes 78 bytes where that is
// possible (RFC 5322 section 2.1.1).
std::string field(std::string_view name, std::string_view value) {
    constexpr std::size_t line_max = 76;
    std::string text = std::string(name) + ':';
    std::size_t column = text.size();
    while (!value.empty()) {
        const auto word = value.substr(0, value.find(' '));
        value.remove_prefix(std::min(value.size(), word.size() + 1));
        if (column > name.size() + 1 && column + 1 + word.size() > line_max) {
            text += "\r\n";
            column = 0;
        }
        text += ' ';
        text += word;
        column += 1 + word.size();
    }
    return text + "\r\n";
}

class composer {
public:
    explicit composer(const bounce_request& request)
        : request_(request),
          original_header_(request.original_text.substr(0, request.original.header_size)),
          whole_(request.original.chunks == 1 && request.original.size <= request.full_size_max),
          global_(needs_global()),
          returned_(whole_ ? request.original_text : original_header_),
          boundary_(free_boundary()) {}

    composed_bounce compose() {
        composed_bounce bounce;
        bounce.message_id = '<' + request_.id.text() + ".dsn@" + request_.reporting_mta + '>';
        std::string& text = bounce.text;
        text = header(bounce.message_id);
        bounce.header_size = static_cast<std::uint32_t>(text.size());
        text += "This is a MIME-encapsulated message (RFC 6522).\r\n\r\n";
        text += human_part();
        text += status_part();
        text += original_part();
        text += "--" + boundary_ + "--\r\n";

        bounce.needs.eight_bit = !is_ascii(text);
        bounce.needs.smtputf8 = global_;
        bounce.needs.longest_line = longest_line(text);
        return bounce;
    }

private:
    // RFC 6533: with UTF-8 in a header or an address, the parts are of the types message/global-….
    bool needs_global() const {
        const auto is_plain = [](const failed_recipient& each) { return is_ascii(each.recipient); };
        return request_.original.needs.smtputf8 || !is_ascii(request_.original.reverse_path) ||
               !std::all_of(request_.failed.begin(), request_.failed.end(), is_plain);
    }

    // The id is unique, and whoever guessed it and put it into the message finds another one taken.
    std::string free_boundary() const {
        for (int attempt = 0;; ++attempt) {
            auto boundary = "=_" + request_.id.text() + '_' + std::to_string(attempt);
            if (returned_.find(boundary) == std::string_view::npos) return boundary;
        }
    }

    static std::uint32_t longest_line(std::string_view text) {
        std::size_t longest = 0;
        while (!text.empty()) {
            const auto end = std::min(text.find("\r\n"), text.size());
            longest = std::max(longest, end);
            text.remove_prefix(std::min(text.size(), end + 2));
        }
        return static_cast<std::uint32_t>(longest);
    }

    std::string header(const std::string& message_id) const {
        std::string text;
        text += date_field(request_.now);
        text +=
            field("From", "Mail Delivery System <MAILER-DAEMON@" + request_.reporting_mta + ">");
        text += field("To", '<' + tame(request_.original.reverse_path) + '>');
        text += field("Subject", "Undelivered mail returned to sender");
        text += field("Message-ID", message_id);
        text += field("Auto-Submitted", "auto-replied");  // RFC 3834
        text += field("MIME-Version", "1.0");
        text += "Content-Type: multipart/report; report-type=" + std::string(status_type()) +
                ";\r\n boundary=\"" + boundary_ + "\"\r\n";
        if (!is_ascii(returned_) || global_) text += field("Content-Transfer-Encoding", "8bit");
        return text + "\r\n";
    }

    std::string_view status_type() const {
        return global_ ? "global-delivery-status" : "delivery-status";
    }

    std::string human_part() const {
        std::string text = "--" + boundary_ + "\r\n";
        text += "Content-Description: Notification\r\n";
        text += "Content-Type: text/plain; charset=utf-8\r\n";
        text +=
            std::string("Content-Transfer-Encoding: ") + (global_ ? "8bit" : "7bit") + "\r\n\r\n";
        text += "This is the mail relay at " + request_.reporting_mta + ".\r\n\r\n";
        text += "Your message of " + date_text(request_.original.received_at) + "\r\n";
        text += "could not be delivered to the recipients below. It will not be tried again.\r\n";
        if (!request_.contact.empty()) {
            text += "If you need help, write to " + tame(request_.contact) + ".\r\n";
        }
        for (const auto& each : request_.failed)
            text += "\r\n" + told(each);
        return text + "\r\n";
    }

    static std::string told(const failed_recipient& each) {
        std::string text = '<' + tame(each.recipient) + ">:\r\n";
        if (each.expired) {
            text += "  It was tried again and again until its time in the queue was over.\r\n";
            text += "  The last answer was:\r\n";
        } else if (!each.remote.empty()) {
            text += "  The server " + tame(each.remote) + " said:\r\n";
        }
        std::string_view rest = each.diagnostic;
        constexpr std::size_t width = 72;
        while (!rest.empty()) {
            auto cut = rest.size() <= width ? rest.size() : rest.rfind(' ', width);
            if (cut == std::string_view::npos || cut == 0) cut = std::min(width, rest.size());
            text += "    " + std::string(rest.substr(0, cut)) + "\r\n";
            rest.remove_prefix(cut);
            if (rest.starts_with(' ')) rest.remove_prefix(1);
        }
        return text;
    }

    std::string status_part() const {
        std::string text = "--" + boundary_ + "\r\n";
        text += "Content-Description: Delivery report\r\n";
        text += "Content-Type: message/" + std::string(status_type()) + "\r\n";
        if (global_) text += "Content-Transfer-Encoding: 8bit\r\n";
        text += "\r\n";
        text += field("Reporting-MTA", "dns; " + request_.reporting_mta);
        text += field("X-Kurir-Queue-Id", request_.original.id.text());
        text += field("Arrival-Date", date_text(request_.original.received_at));
        for (const auto& each : request_.failed)
            text += "\r\n" + status_of(each);
        return text + "\r\n";
    }

    std::string status_of(const failed_recipient& each) const {
        const std::string type = is_ascii(each.recipient) ? "rfc822; " : "utf-8; ";
        std::string text;
        text += field("Final-Recipient", type + tame(each.recipient));
        text += field("Action", "failed");
        text += field("Status", each.status.text());
        if (!each.remote.empty()) {
            text += field("Remote-MTA", "dns; " + tame(each.remote));
            text += field("Diagnostic-Code", "smtp; " + each.diagnostic);
        } else {
            text += field("Diagnostic-Code", "x-kurir; " + each.diagnostic);
        }
        return text + field("Last-Attempt-Date", date_text(request_.now));
    }

    std::string original_part() const {
        const bool plain = is_ascii(returned_);
        std::string_view type = whole_ ? "message/rfc822" : "text/rfc822-headers";
        if (global_) type = whole_ ? "message/global" : "message/global-headers";
        std::string text = "--" + boundary_ + "\r\n";
        text += whole_ ? "Content-Description: Undelivered message\r\n"
                       : "Content-Description: Header of the undelivered message\r\n";
        text += "Content-Type: " + std::string(type) + "\r\n";
        text += std::string("Content-Transfer-Encoding: ") + (plain ? "7bit" : "8bit") + "\r\n\r\n";
        text += returned_;
        if (!returned_.ends_with("\r\n")) text += "\r\n";
        return text + "\r\n";
    }

    const bounce_request& request_;
    std::string_view original_header_;
    bool whole_;
    bool global_;
    std::string_view returned_;
    std::string boundary_;
};

}  // namespace

composed_bounce compose_bounce(const bounce_request& request) {
    assert(!request.failed.empty());
    return composer(request).compose();
}

}  // namespace kurir::message
