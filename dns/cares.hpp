// Questions to one name server, by c-ares on an Asio executor. The only module that knows c-ares.
//
// It matches answers to questions, falls back to TCP, and never looks beyond the name it was given:
// no search list, no hosts file. A question is sent once: `servers` decides which server to ask
// next. It does not read answers; `record` does.
//
// Belongs to one single-threaded executor. If c-ares can't be set up, every question ends in
// `errc::unreachable`, and the next one tries again; if this machine has no descriptor, memory or
// port left for a socket, in `errc::shortage`.
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "dns/error.hpp"
#include "dns/record.hpp"

namespace kurir::dns {

// The bytes of an answer, whatever its response code.
using message = result<std::vector<std::uint8_t>>;

class cares_channel {
public:
    using handler = std::function<void(const message&)>;

    // `server`: "address", "address:port" or "[address]:port". Without EDNS an answer of more than
    // 512 bytes comes by TCP.
    cares_channel(boost::asio::any_io_executor executor, std::string server, bool edns);
    cares_channel(const cares_channel&) = delete;
    cares_channel& operator=(const cares_channel&) = delete;
    ~cares_channel();

    // Calls `done` exactly once, by a post to the executor, so never before this returns.
    void ask(const std::string& name, record_type type, handler done);

    // Ends all current and later questions with `errc::cancelled`.
    void close();

private:
    class connection;
    std::shared_ptr<connection> connection_;
};

}  // namespace kurir::dns
