// A certificate of ours with its chain and its key. Immutable.
#pragma once

#include <boost/system/result.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;
struct ssl_ctx_st;
struct ssl_st;
struct stack_st_X509;
struct x509_st;

namespace kurir::net {

class server_certificate {
public:
    // What can't be used, and why.
    struct mistake {
        enum class part : std::uint8_t { certificate, key };
        part at;
        std::string text;
    };

    // What was read, or what is wrong. The texts are PEM; the chain follows the certificate, and
    // one text may be both. `origin`: where they are from, for error messages.
    using read = boost::system::result<std::shared_ptr<const server_certificate>, mistake>;
    static read from_pem(std::string_view certificate, std::string_view key, std::string origin);

    // A new certificate for `hostname` that only itself vouches for, and its key: one text of PEM.
    static std::string self_signed(const std::string& hostname);

    const std::string& origin() const noexcept { return origin_; }
    std::chrono::sys_seconds valid_from() const noexcept { return valid_from_; }
    std::chrono::sys_seconds valid_until() const noexcept { return valid_until_; }

    // Whether it is for this host; a wildcard stands for one whole label.
    bool has_name(std::string_view name) const;

    // Of the hosts that it is for; may be empty.
    const std::string& first_name() const noexcept { return first_name_; }

    // Beside those with other kinds of keys. False if OpenSSL finds it too weak.
    bool use(ssl_st* connection) const;
    bool use(ssl_ctx_st* context) const;

private:
    struct parts;

    explicit server_certificate(std::unique_ptr<parts> parts, std::string origin);
    std::unique_ptr<parts> parts_;
    std::string origin_;
    std::string first_name_;
    std::chrono::sys_seconds valid_from_;
    std::chrono::sys_seconds valid_until_;

public:
    server_certificate(const server_certificate&) = delete;
    server_certificate& operator=(const server_certificate&) = delete;
    ~server_certificate();
};

}  // namespace kurir::net
