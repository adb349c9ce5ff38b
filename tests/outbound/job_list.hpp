// A source of jobs for one slot: gives out its jobs one after the other, then nothing; remembers
// what it is told.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "relay/outbound/job_source.hpp"

namespace tests {

class job_list final : public kurir::outbound::job_source {
    using job = kurir::outbound::job;
    using report = kurir::outbound::report;
    using connection_id = kurir::outbound::connection_id;

public:
    explicit job_list(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

    std::deque<job> jobs;
    std::size_t asked = 0;
    std::vector<report::kind> reports;  // of jobs, in order
    std::size_t ends = 0;
    std::vector<job> unfinished;
    std::vector<kurir::outbound::verdict> shortages;
    std::vector<kurir::outbound::failed_attempt> failures;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> suspended;  // messages, and by what

    const boost::asio::any_io_executor& executor() const noexcept override { return executor_; }
    void next(
        connection_id, const report& last, kurir::net::answer_function<std::optional<job>> answer
    ) override {
        ++asked;
        note(last);
        if (jobs.empty()) return answer(std::nullopt);
        auto first = std::move(jobs.front());
        jobs.pop_front();
        answer(std::move(first));
    }
    void finished(connection_id, const report& last) override { note(last); }
    void ended(connection_id, const report& last) override {
        note(last);
        ++ends;
    }
    void put_back(job given) override { unfinished.push_back(std::move(given)); }
    void put_off(job given, kurir::outbound::verdict shortage) override {
        shortages.push_back(std::move(shortage));
        put_back(std::move(given));
    }
    void set_aside(job given, std::uint64_t suspension) override {
        suspended.emplace_back(given.front().id.value(), suspension);
    }
    void report_failure(kurir::outbound::failed_attempt failure) override {
        failures.push_back(std::move(failure));
    }

private:
    void note(const report& last) {
        if (last.result != report::kind::none) reports.push_back(last.result);
    }

    boost::asio::any_io_executor executor_;
};

}  // namespace tests
