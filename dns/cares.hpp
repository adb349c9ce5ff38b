// Questions to name servers, by c-ares on an Asio executor. The only module that knows c-ares.
//
// It matches answers to questions, retries (3 s, two rounds of all servers), falls back to TCP and
// from EDNS, and never looks beyond the name it was given: no search list, no hosts file. What an
// answer says is not its business (`record` reads it).
//
// Belongs to one single-threaded executor. If c-ares can't be set up, every question ends in
// `errc::unreachable`, and the next one tries again.
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

class cares_channel {
public:
    // The message of the answer, whatever its response code.
    using handler = std::function<void(result<std::vector<std::uint8_t>>)>;

    // `servers`: "address", "address:port" or "[address]:port"; none: those of resolv.conf.
    cares_channel(boost::asio::any_io_executor executor, const std::vector<std::string>& servers);
    cares_channel(const cares_channel&) = delete;
    cares_channel& operator=(const cares_channel&) = delete;
    ~cares_channel();

    // Calls `done` exactly once, posted to the executor and so never before it returns.
    void ask(const std::string& name, record_type type, handler done);

    // Ends all questions with `errc::cancelled`, and those that are asked from now on.
    void close();

private:
    class connection;
    std::shared_ptr<connection> first_;  // takes the first answer, also a refusal
    std::shared_ptr<connection>
        others_;  // goes on to the next server; nothing if there is only one
};

}  // namespace kurir::dns
