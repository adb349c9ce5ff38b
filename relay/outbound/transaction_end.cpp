#include "relay/outbound/transaction_end.hpp"

#include <algorithm>
#include <utility>

#include "relay/net/error.hpp"
#include "relay/outbound/offence.hpp"

namespace kurir::outbound {

namespace {

bool is_delivered(const verdict& verdict) {
    return verdict.outcome == outcome::delivered;
}

std::string text_of(const smtp::reply_fault& fault) {
    const auto meaning =
        fault.unasked ? "a reply that nobody asked for: " : "an unexpected reply: ";
    return meaning + offending_line(fault.said);
}

// What was wrong with the server's replies; empty if nothing was.
std::string fault_of(const smtp::transaction& dialogue, const connection_failure& failure) {
    if (const auto& fault = dialogue.fault()) return text_of(*fault);
    if (failure.error != smtp_error::protocol) return {};
    return "no SMTP reply: " + offending_line(failure.offending);
}

}  // namespace

bool transaction_end::delivered() const {
    return std::ranges::any_of(verdicts, is_delivered);
}

transaction_end end_of_transaction(
    const smtp::transaction& dialogue,
    const smtp::mail_request& mail,
    const smtp::peer& offers,
    const connection_failure& failure,
    full_mailbox when_full
) {
    transaction_end end;
    const auto fault = fault_of(dialogue, failure);
    const auto lost = failure.error ? failure.error : make_error_code(net::errc::end_of_stream);
    for (const auto& result : dialogue.results()) {
        const auto stage = stage_of(result.stage);
        const bool at_end = stage == stage::eod;
        end.verdicts.push_back(
            result.said      ? judge(stage, *result.said, when_full)
            : !fault.empty() ? judge_protocol(stage, fault, at_end)
                             : judge(stage, lost, at_end)
        );
        end.again_at_once.push_back(result.again_at_once);
    }
    end.in_groups = offers.pipelining;
    end.accepted = dialogue.accepted();
    end.cut_at = dialogue.cut_at();
    end.refusals_forgotten = dialogue.refusals_forgotten();
    end.all_too_many = dialogue.all_too_many();
    end.out_of_step = !fault.empty();
    if (const auto& found = dialogue.fault()) {
        end.unasked = found->unasked;
        end.group_out_of_step = end.in_groups && !found->unasked && !dialogue.sent_end_of_data();
    }
    end.failing = failing_extensions(mail, offers, dialogue.results(), end.accepted.size());
    return end;
}

stage stage_of(smtp::client_stage stage) {
    using smtp::client_stage;
    switch (stage) {
        case client_stage::mail:
        case client_stage::reset:
            return stage::mail;
        case client_stage::rcpt:
            return stage::rcpt;
        case client_stage::data:
            return stage::data;
        case client_stage::eod:
            break;
    }
    return stage::eod;
}

}  // namespace kurir::outbound
