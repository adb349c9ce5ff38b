// Where a connection gets its jobs, and what it tells of them.
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <optional>

#include "relay/net/ask.hpp"
#include "relay/outbound/orders.hpp"
#include "relay/outbound/report_collector.hpp"

namespace kurir::outbound {

class job_source {
public:
    virtual ~job_source() = default;

    // The thread of the source: `next`, `finished` and `ended` are called there.
    virtual const boost::asio::any_io_executor& executor() const noexcept = 0;

    // Answers with the next job when there is one, or with nothing when the connection is to end.
    // `last`: what the job before says of the destination.
    virtual void next(
        connection_id connection,
        const report& last,
        net::answer_function<std::optional<job>> answer
    ) = 0;

    // The last job is settled, and the connection ends without another one.
    virtual void finished(connection_id connection, const report& last) = 0;

    // The connection has ended. Said once of each, after everything else.
    virtual void ended(connection_id connection, const report& last) = 0;

    // Takes back the job of a connection that broke off for a local reason. Any thread.
    virtual void put_back(job unfinished) = 0;

    // The same, for a shortage: counted and logged. Any thread.
    virtual void put_off(job untried, verdict shortage) = 0;

    // Takes back a job that an operator has suspended by its sender: `suspension` is the number.
    // Any thread.
    virtual void set_aside(job untried, std::uint64_t suspension) = 0;

    // Takes a failure that is to be reported together with others of its message. Any thread.
    virtual void report_failure(failed_attempt failure) = 0;
};

}  // namespace kurir::outbound
