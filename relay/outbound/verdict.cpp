#include "relay/outbound/verdict.hpp"

#include <cassert>
#include <iterator>
#include <utility>

#include "dns/error.hpp"
#include "queue/error.hpp"
#include "relay/net/error.hpp"
#include "relay/outbound/bounce_class.hpp"
#include "relay/outbound/greylist.hpp"
#include "relay/outbound/printable.hpp"
#include "relay/outbound/reply_meaning.hpp"
#include "relay/outbound/shortage.hpp"
#include "relay/smtp/opening.hpp"

namespace kurir::outbound {

namespace {

using smtp::enhanced_status;

class smtp_category final : public boost::system::error_category {
public:
    const char* name() const noexcept override { return "kurir.smtp"; }
    std::string message(int) const override { return "the server does not speak SMTP"; }
};

constexpr enhanced_status bad_system{5, 1, 2};  // RFC 3463: bad destination system address
constexpr enhanced_status null_mx{5, 1, 10};    // RFC 7505
constexpr enhanced_status no_answer{4, 4, 1};   // no answer from host
constexpr enhanced_status bad_connection{4, 4, 2};
constexpr enhanced_status directory_failure{4, 4, 3};
constexpr enhanced_status no_route{5, 4, 4};
constexpr enhanced_status routing_loop{5, 4, 6};
constexpr enhanced_status delivery_expired{4, 4, 7};
constexpr enhanced_status protocol_trouble{4, 5, 0};
constexpr enhanced_status local_trouble{4, 3, 0};
constexpr enhanced_status misconfigured{4, 3, 5};

// The remote server's own code counts if it does not contradict its reply (Q018).
enhanced_status status_of(const smtp::reply& said, outcome meaning) {
    const std::uint16_t klass = meaning == outcome::delivered ? 2
                                : meaning == outcome::failed  ? 5
                                                              : 4;
    if (said.status && said.status.klass == klass) return said.status;
    return {klass, 0, 0};
}

std::string text_of(const smtp::reply& said) {
    std::string text = std::to_string(said.code) + ' ';
    if (said.status) text += said.status.text() + ' ';
    text += said.joined();
    if (said.inconsistent) text += " (its lines contradict each other)";
    return printable(text);
}

verdict trouble(stage stage, cause cause, enhanced_status status, std::string text) {
    verdict result{
        .outcome = status.klass == 5 ? outcome::failed : outcome::deferred,
        .stage = stage,
        .cause = cause,
        .status = status,
        .diagnostic = printable(text),
    };
    result.reason = classified(result.status, 0, result.diagnostic);
    return result;
}

// A failure of our own, before anything was proven.
verdict put_off(stage stage, std::string text, boost::system::error_code error) {
    auto result = trouble(stage, cause::local, local_trouble, std::move(text));
    result.shortage = shortage_of(error);
    return result;
}

}  // namespace

boost::system::error_code make_error_code(smtp_error error) noexcept {
    static const smtp_category category;
    return {static_cast<int>(error), category};
}

verdict judge(stage stage, const smtp::reply& said, full_mailbox when_full) {
    assert(said.severity() != 3);
    const auto meaning = meaning_of(stage, said, when_full);
    verdict result{
        .outcome = meaning,
        .stage = stage,
        .cause = cause::reply,
        .status = status_of(said, meaning),
        .diagnostic = text_of(said),
        .said_by_remote = true,
        .code = said.code,
    };
    if (said.inconsistent) {
        result.cause = cause::protocol;
        result.status = protocol_trouble;
        result.ambiguous = stage == stage::eod;
    }
    result.reason = classified(result.status, said.code, result.diagnostic);
    const bool greets = is_of_session(stage);
    result.try_next_host = meaning == outcome::failed && greets;
    if (meaning != outcome::deferred) return result;

    const bool of_the_host = greets || stage == stage::mail;
    result.try_next_host = (of_the_host || said.code == 421) && !is_word_of_provider(stage, said);
    if (stage == stage::rcpt || stage == stage::eod) {
        result.greylisted = is_greylisting(said);
        if (result.greylisted) result.retry_hint = greylisting_hint(result.diagnostic);
    }
    return result;
}

verdict judge_protocol(stage stage, std::string text, bool end_sent) {
    auto result = trouble(stage, cause::protocol, protocol_trouble, std::move(text));
    result.ambiguous = end_sent;
    result.try_next_host = !end_sent;
    return result;
}

verdict judge(stage stage, boost::system::error_code error, bool end_sent) {
    auto cause = cause::lost;
    auto status = bad_connection;
    if (stage == stage::connect) {
        cause = cause::connect;
        status = no_answer;
    }
    if (error == net::errc::timed_out) cause = cause::timeout;
    if (error == smtp_error::protocol) {
        cause = cause::protocol;
        status = protocol_trouble;
    }
    if (error.category() == queue::category()) {  // the message could not be read
        cause = cause::local;
        status = local_trouble;
    }
    if (!end_sent && shortage_of(error)) {
        auto result =
            put_off(stage, "not tried, for this relay lacks resources: " + error.message(), error);
        // Ports are used up for one address at a time.
        result.try_next_host = result.shortage == shortage::ports;
        return result;
    }
    auto result = trouble(stage, cause, status, error.message());
    // After the end of data nobody knows whether it was taken; asking another host would be sure to
    // duplicate what may have arrived (RFC 1047).
    result.ambiguous = end_sent;
    result.try_next_host = !end_sent;
    return result;
}

verdict judge_name(std::string_view name, boost::system::error_code error) {
    const std::string domain(name);
    if (error == dns::errc::not_found) {
        return trouble(
            stage::dns, cause::dns, bad_system, "the domain " + domain + " does not exist"
        );
    }
    if (error == dns::errc::null_mx) {
        return trouble(
            stage::dns, cause::dns, null_mx, "the domain " + domain + " accepts no mail (null MX)"
        );
    }
    if (error == dns::errc::no_data) {
        return trouble(
            stage::dns, cause::dns, no_route, "no mail server of " + domain + " has an address"
        );
    }
    const auto text = "looking up " + domain + ": " + error.message();
    if (shortage_of(error)) return put_off(stage::dns, text, error);
    return trouble(stage::dns, cause::dns, directory_failure, text);
}

verdict judge_relayhost_name(std::string_view name, boost::system::error_code error) {
    const auto text = "looking up the relayhost " + std::string(name) + ": " + error.message();
    if (shortage_of(error)) return put_off(stage::dns, text, error);
    return trouble(stage::dns, cause::dns, directory_failure, text);
}

verdict route_has_changed() {
    return trouble(stage::dns, cause::local, local_trouble, "the routes have just changed");
}

verdict mail_loop(std::string_view domain) {
    return trouble(
        stage::dns,
        cause::dns,
        routing_loop,
        "mail for " + std::string(domain) + " would come back to this relay"
    );
}

// A mistake in our configuration must not bounce what it keeps us from sending (decision 15).
verdict relayhost_is_ourselves(std::string_view relayhost) {
    return trouble(
        stage::connect,
        cause::local,
        {4, 4, 6},
        "KURIR_RELAYHOST " + std::string(relayhost) + " is this relay itself"
    );
}

verdict address_of_this_machine(std::string_view host, std::string_view address) {
    auto result = trouble(
        stage::connect,
        cause::dns,
        routing_loop,
        "the address " + std::string(address) + " of " + std::string(host) +
            " is this machine itself, where no mail is taken"
    );
    result.try_next_host = true;
    return result;
}

verdict prohibited_address(std::string_view host, std::string_view address) {
    auto result = trouble(
        stage::connect,
        cause::local,
        {4, 4, 4},
        "the address " + std::string(address) + " of " + std::string(host) +
            " is in KURIR_PROHIBITED_NETWORKS"
    );
    result.try_next_host = true;
    return result;
}

verdict source_is_missing(std::string_view address) {
    auto result = trouble(
        stage::connect,
        cause::connect,
        misconfigured,
        "not tried: the source address " + std::string(address) + " is not on this machine"
    );
    result.try_next_host = true;  // from the address of the other family
    return result;
}

verdict source_cannot_reach(std::string_view name) {
    return trouble(
        stage::connect,
        cause::local,
        misconfigured,
        "not tried: no source address is of the family of the addresses of " + std::string(name)
    );
}

verdict rejected_by_rule(std::string_view reply) {
    const auto parsed = smtp::parse_written_reply(reply, {5, 7, 1});
    return trouble(
        stage::rcpt,
        cause::rule,
        parsed ? parsed->status : enhanced_status{5, 7, 1},
        std::string(reply)
    );
}

verdict returned_by_operator(std::string_view text) {
    return trouble(stage::rcpt, cause::rule, {5, 7, 1}, std::string(text));
}

verdict discarded_by_rule() {
    return {
        .outcome = outcome::delivered,
        .stage = stage::rcpt,
        .cause = cause::rule,
        .status = {2, 0, 0},
        .diagnostic = "discarded by KURIR_ROUTES",
    };
}

verdict suppressed_recipient() {
    constexpr const char* text = "550 5.7.1 the address is on the suppression list of this relay";
    return trouble(stage::rcpt, cause::rule, {5, 7, 1}, text);
}

verdict not_offered(missing extension) {
    static constexpr struct {
        enhanced_status status;
        std::string_view text;
    } needs[] = {
        // in the order of `missing`
        {{5, 6, 7}, "the message needs SMTPUTF8, which the server does not offer"},
        {{5, 3, 4}, "the message is larger than the server takes"},
    };
    static_assert(std::size(needs) == static_cast<std::size_t>(missing::size) + 1);
    const auto& [status, text] = needs[static_cast<std::size_t>(extension)];
    auto result = trouble(stage::mail, cause::content, status, std::string(text));
    result.try_next_host = true;  // hosts of one destination may differ
    return result;
}

verdict not_convertible(std::string_view problem) {
    auto result = trouble(
        stage::mail,
        cause::content,
        {5, 6, 3},
        "the server does not offer 8BITMIME, and the message can't be converted: it " +
            std::string(problem)
    );
    result.try_next_host = true;
    return result;
}

verdict not_read(boost::system::error_code error) {
    return put_off(stage::mail, "the message could not be read: " + error.message(), error);
}

verdict not_signed() {
    return put_off(stage::mail, "the converted message could not be signed", {});
}

verdict insecure(smtp::security_failure failure, std::string_view detail) {
    static constexpr struct {
        stage at;
        cause why;
        enhanced_status status;
        std::string_view text;
    } failures[] = {
        // in the order of `security_failure`
        {stage::tls, cause::tls, {4, 7, 4}, "TLS is required, and the server does not offer it"},
        {stage::tls, cause::tls, {4, 7, 4}, "the server offers TLS, but did not start it"},
        {stage::tls, cause::tls, {4, 7, 5}, "the TLS handshake failed"},
        {stage::auth, cause::auth, {4, 7, 11}, "the credential must not be sent without TLS"},
        {stage::auth,
         cause::auth,
         {4, 7, 4},
         "authentication is required, and the server does not offer it"},
        {stage::auth,
         cause::auth,
         {4, 7, 4},
         "the server offers no mechanism of authentication that can be used"},
        {stage::auth,
         cause::auth,
         {4, 7, 4},
         "the server offers authentication only before TLS, where it must not be used"},
        {stage::auth,
         cause::auth,
         {4, 7, 11},
         "the server offers authentication only under TLS, which is switched off"},
    };
    constexpr auto last = smtp::security_failure::auth_only_under_tls;
    static_assert(std::size(failures) == static_cast<std::size_t>(last) + 1);
    const auto& [at, why, status, text] = failures[static_cast<std::size_t>(failure)];
    auto all = std::string(text);
    if (!detail.empty()) all.append(": ").append(detail);
    auto result = trouble(at, why, status, std::move(all));
    result.try_next_host = true;
    return result;
}

verdict expired(const verdict& last) {
    verdict result = last;
    result.outcome = outcome::failed;
    result.cause = cause::expired;
    result.status = delivery_expired;
    result.reason = bounce_class::expired;
    result.try_next_host = false;
    result.greylisted = false;
    result.shortage.reset();
    return result;
}

}  // namespace kurir::outbound
