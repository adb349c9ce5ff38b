// Composes the messages of name servers for tests, right ones and wrong ones.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tests {

using bytes = std::vector<std::uint8_t>;

inline constexpr std::uint16_t a = 1, ns = 2, cname = 5, soa = 6, mx = 15, txt = 16, aaaa = 28,
                               dname = 39, opt = 41;

// The flags of an answer that says that there is no such name.
inline constexpr std::uint16_t nxdomain = 0x8183;

inline void put_u16(bytes& output, std::size_t value) {
    output.push_back(static_cast<std::uint8_t>(value >> 8));
    output.push_back(static_cast<std::uint8_t>(value));
}

inline void put_u32(bytes& output, std::size_t value) {
    put_u16(output, value >> 16);
    put_u16(output, value & 0xffff);
}

// Labels are cut at dots; "" is the root.
inline bytes wire_name(std::string_view name) {
    bytes wire;
    while (!name.empty()) {
        const auto label = name.substr(0, name.find('.'));
        wire.push_back(static_cast<std::uint8_t>(label.size()));
        wire.insert(wire.end(), label.begin(), label.end());
        name.remove_prefix(label.size() == name.size() ? name.size() : label.size() + 1);
    }
    wire.push_back(0);
    return wire;
}

// An answer to one question. Every call adds to what the message says; counts follow.
class message {
public:
    message(std::string_view name, std::uint16_t type, std::uint16_t flags = 0x8180)
        : owner_(name), type_(type) {
        for (const std::size_t word : {std::size_t{0x1234}, std::size_t{flags}})
            put_u16(wire_, word);
        for (const std::size_t count : {1u, 0u, 0u, 0u})
            put_u16(wire_, count);
        append(wire_name(name));
        put_u16(wire_, type);
        put_u16(wire_, 1);
    }

    // A record of the type that is asked for, of the name that is asked for.
    message& with(const bytes& data, std::uint32_t ttl = 300) {
        return with_record(owner_, type_, data, ttl);
    }

    message& with_record(
        std::string_view owner, std::uint16_t type, const bytes& data, std::uint32_t ttl = 300
    ) {
        add(owner, type, data, ttl);
        ++wire_[7];
        return *this;
    }

    message& with_exchange(
        std::uint16_t preference, std::string_view host, std::uint32_t ttl = 300
    ) {
        return with(exchange(preference, host), ttl);
    }

    message& with_alias(std::string_view owner, std::string_view target, std::uint32_t ttl = 300) {
        return with_record(owner, cname, wire_name(target), ttl);
    }

    message& with_soa(std::uint32_t minimum, std::uint32_t ttl = 300) {
        return with_authority("test", soa, soa_data(minimum), ttl);
    }

    static bytes soa_data(std::uint32_t minimum) {
        auto data = wire_name("ns.test");
        const auto mailbox = wire_name("root.test");
        data.insert(data.end(), mailbox.begin(), mailbox.end());
        for (const std::size_t word : {1u, 2u, 3u, 4u, minimum})
            put_u32(data, word);
        return data;
    }

    message& with_authority(
        std::string_view owner, std::uint16_t type, const bytes& data, std::uint32_t ttl = 300
    ) {
        add(owner, type, data, ttl);
        ++wire_[9];
        return *this;
    }

    message& with_additional(
        std::string_view owner, std::uint16_t type, const bytes& data, std::uint32_t ttl = 300
    ) {
        add(owner, type, data, ttl);
        ++wire_[11];
        return *this;
    }

    // The upper eight bits of the response code (RFC 6891).
    message& with_options(std::uint8_t extended_code = 0) {
        return with_additional("", opt, {}, std::uint32_t{extended_code} << 24);
    }

    // As a server writes it; for damage.
    bytes& wire() noexcept { return wire_; }
    operator std::span<const std::uint8_t>() const noexcept { return wire_; }

    static bytes exchange(std::uint16_t preference, std::string_view host) {
        bytes data;
        put_u16(data, preference);
        const auto name = wire_name(host);
        data.insert(data.end(), name.begin(), name.end());
        return data;
    }

private:
    void append(const bytes& more) { wire_.insert(wire_.end(), more.begin(), more.end()); }

    void add(std::string_view owner, std::uint16_t type, const bytes& data, std::uint32_t ttl) {
        append(wire_name(owner));
        put_u16(wire_, type);
        put_u16(wire_, 1);
        put_u32(wire_, ttl);
        put_u16(wire_, data.size());
        append(data);
    }

    std::string owner_;
    std::uint16_t type_;
    bytes wire_;
};

}  // namespace tests
