#include "relay/message/bounce.hpp"

#include <algorithm>
#include <cassert>

#include "relay/base/text.hpp"
#include "relay/base/utc.hpp"
#include "relay/message/ascii_text.hpp"
#include "relay/message/trace.hpp"

namespace kurir::message {

namespace {

class composer {
public:
    explicit composer(const bounce_request& request)
        : request_(request),
          global_(base::has_high(request.original.reverse_path)),
          shortened_(why_shortened()),
          whole_(is_small() && shortened_.empty()),
          coded_(
              !whole_ &&
              ((!global_ && base::has_high(original_header())) || !passes(original_header()))
          ),
          returned_(returned()),
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

        bounce.needs.eight_bit = base::has_high(text);
        bounce.needs.smtputf8 = global_;
        bounce.needs.longest_line = static_cast<std::uint32_t>(longest_line(text));
        bounce.shortened = shortened_;
        return bounce;
    }

private:
    // The header's complete lines, as far as they are in the first chunk and not too many.
    std::string_view original_header() const {
        constexpr std::size_t returned_max = 64UL * 1024;
        const auto& text = request_.original_text;
        const std::size_t size = std::min(text.size(), returned_max);
        if (request_.original.header_size <= size) {
            return text.substr(0, request_.original.header_size);
        }
        const auto end = text.substr(0, size).rfind("\r\n");
        return text.substr(0, end == std::string_view::npos ? 0 : end + 2);
    }

    bool is_small() const {
        return request_.original.chunks == 1 && request_.original.size <= request_.full_size_max;
    }

    // True if no server can refuse the text for its form.
    static bool passes(std::string_view text) {
        return longest_line(text) <= line_max && text.find('\0') == std::string_view::npos;
    }

    std::string_view why_shortened() const {
        if (original_header().size() < request_.original.header_size) return "header_size";
        if (!is_small()) return {};
        if (!global_ && base::has_high(request_.original_text)) return "eight_bit";
        return passes(request_.original_text) ? "" : "long_lines";
    }

    std::string returned() const {
        if (whole_) return std::string(request_.original_text);
        const auto header = original_header();
        return coded_ ? quoted_printable(header) : std::string(header);
    }

    std::string shown(const std::string& address) const {
        return global_ ? tame(address) : ascii_address(address);
    }

    // The boundary contains the unique id. If the message contains it all the same, another
    // boundary is taken.
    std::string free_boundary() const {
        for (int attempt = 0;; ++attempt) {
            auto boundary = "=_" + request_.id.text() + '_' + std::to_string(attempt);
            if (returned_.find(boundary) == std::string::npos) return boundary;
        }
    }

    std::string header(const std::string& message_id) const {
        std::string text;
        text += date_field(request_.now + request_.calendar_ahead);
        text += header_field(
            "From", "Mail Delivery System <MAILER-DAEMON@" + request_.reporting_mta + ">"
        );
        text += header_field("To", '<' + tame(request_.original.reverse_path) + '>');
        text += header_field("Subject", "Undelivered mail returned to sender");
        text += header_field("Message-ID", message_id);
        text += header_field("Auto-Submitted", "auto-replied");  // RFC 3834
        text += header_field("MIME-Version", "1.0");
        text += "Content-Type: multipart/report; report-type=" + std::string(status_type()) +
                ";\r\n boundary=\"" + boundary_ + "\"\r\n";
        if (global_) text += header_field("Content-Transfer-Encoding", "8bit");
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
        text += "Your message of " +
                base::mail_date(request_.original.received_at + request_.calendar_ahead) + "\r\n";
        text += "could not be delivered to the recipients below. It will not be tried again.\r\n";
        if (!request_.contact.empty()) {
            text += "If you need help, write to " + shown(request_.contact) + ".\r\n";
        }
        for (const auto& each : request_.failed)
            text += "\r\n" + told(each);
        return text + "\r\n";
    }

    std::string told(const failed_recipient& each) const {
        std::string text = broken('<' + shown(each.recipient) + ">:");
        if (each.expired) {
            text += "  It was tried again and again until its time in the queue was over.\r\n";
            text += "  The last answer was:\r\n";
        } else if (each.said_by_remote) {
            text += "  The server " + tame(each.remote) + " said:\r\n";
        } else if (!each.remote.empty()) {
            text += "  With the server " + tame(each.remote) + ":\r\n";
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

    // A paragraph, folded into as many lines as it needs.
    static std::string broken(std::string_view line) {
        std::string text;
        for (; line.size() > line_max; line.remove_prefix(line_max))
            text.append(line.substr(0, line_max)).append("\r\n");
        return text.append(line).append("\r\n");
    }

    std::string status_part() const {
        std::string text = "--" + boundary_ + "\r\n";
        text += "Content-Description: Delivery report\r\n";
        text += "Content-Type: message/" + std::string(status_type()) + "\r\n";
        if (global_) text += "Content-Transfer-Encoding: 8bit\r\n";
        text += "\r\n";
        text += header_field("Reporting-MTA", "dns; " + request_.reporting_mta);
        text += header_field("X-Kurir-Queue-Id", request_.original.id.text());
        text += header_field(
            "Arrival-Date", base::mail_date(request_.original.received_at + request_.calendar_ahead)
        );
        for (const auto& each : request_.failed)
            text += "\r\n" + status_of(each);
        return text + "\r\n";
    }

    std::string status_of(const failed_recipient& each) const {
        const std::string type = base::has_high(each.recipient) ? "utf-8; " : "rfc822; ";
        std::string text;
        text += header_field("Final-Recipient", type + shown(each.recipient));
        text += header_field("Action", "failed");
        text += header_field("Status", each.status.text());
        // Our own texts are not SMTP replies, and no remote MTA reported them (RFC 3464 2.3).
        if (each.said_by_remote) {
            if (!each.remote.empty()) {
                text += header_field("Remote-MTA", "dns; " + tame(each.remote));
            }
            text += header_field("Diagnostic-Code", "smtp; " + each.diagnostic);
        } else {
            text += header_field("Diagnostic-Code", "x-kurir; " + each.diagnostic);
        }
        return text +
               header_field(
                   "Last-Attempt-Date", base::mail_date(request_.now + request_.calendar_ahead)
               );
    }

    std::string original_part() const {
        std::string_view type = whole_ ? "message/rfc822" : "text/rfc822-headers; charset=utf-8";
        if (global_) type = whole_ ? "message/global" : "message/global-headers";
        const std::string_view coding = coded_ ? "quoted-printable" : global_ ? "8bit" : "7bit";
        std::string text = "--" + boundary_ + "\r\n";
        text += whole_ ? "Content-Description: Undelivered message\r\n"
                       : "Content-Description: Header of the undelivered message\r\n";
        text += "Content-Type: " + std::string(type) + "\r\n";
        text += "Content-Transfer-Encoding: " + std::string(coding) + "\r\n\r\n";
        text += returned_;
        if (!returned_.ends_with("\r\n")) text += "\r\n";
        return text + "\r\n";
    }

    const bounce_request& request_;
    bool global_;  // UTF-8 throughout: the types message/global-… (RFC 6533)
    std::string_view shortened_;
    bool whole_;
    bool coded_;  // the header is returned as quoted-printable
    std::string returned_;
    std::string boundary_;
};

}  // namespace

composed_bounce compose_bounce(const bounce_request& request) {
    assert(!request.failed.empty());
    return composer(request).compose();
}

}  // namespace kurir::message
