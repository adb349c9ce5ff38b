// Answers of a small DNS, for tests of SPF.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "relay/spf/check_host.hpp"

namespace kurir::tests {

class zone {
public:
    zone& txt(const std::string& name, std::string text) {
        at(name, dns::record_type::txt).texts.push_back(std::move(text));
        return *this;
    }
    zone& host(const std::string& name, const char* address) {
        const auto parsed = boost::asio::ip::make_address(address);
        const auto type = parsed.is_v4() ? dns::record_type::a : dns::record_type::aaaa;
        at(name, type).addresses.push_back(parsed);
        return *this;
    }
    zone& mx(const std::string& name, std::string exchange) {
        at(name, dns::record_type::mx).exchanges.push_back({std::move(exchange), 10});
        return *this;
    }
    zone& ptr(const std::string& name, std::string host) {
        at(name, dns::record_type::ptr).texts.push_back(std::move(host));
        return *this;
    }
    zone& broken(const std::string& name, dns::record_type type) {
        records_.insert_or_assign({name, type}, dns::result<dns::answer>(dns::errc::servfail));
        return *this;
    }

    dns::result<dns::answer> answer(const spf::question& asked) const {
        const auto found = records_.find(asked);
        if (found != records_.end()) return found->second;
        dns::answer none;
        none.error = dns::errc::not_found;
        return none;
    }

    spf::outcome check(
        const char* client, std::string domain, std::string sender = "strong-bad@email.example.com"
    ) const {
        const spf::query query{
            .client = boost::asio::ip::make_address(client),
            .domain = std::move(domain),
            .sender = std::move(sender),
            .hello = "relay.test",
        };
        spf::answers known;
        for (;;) {
            auto step = spf::check_host(query, known);
            if (auto* end = std::get_if<spf::outcome>(&step)) return *end;
            const auto& asked = std::get<spf::question>(step);
            known.emplace(asked, answer(asked));
        }
    }

private:
    dns::answer& at(const std::string& name, dns::record_type type) {
        return *records_.try_emplace({name, type}, dns::answer()).first->second;
    }

    spf::answers records_;
};

}  // namespace kurir::tests
