// `kurir queue …` on the command line.
#pragma once

#include <list>
#include <string>
#include <utility>
#include <vector>

#include "relay/app/cli_app.hpp"
#include "relay/app/move_command.hpp"
#include "relay/app/queue_commands.hpp"

namespace kurir::app {

class queue_subcommands {
public:
    // Adds them to `program`, which must outlive this.
    explicit queue_subcommands(CLI::App& program);
    queue_subcommands(const queue_subcommands&) = delete;
    queue_subcommands& operator=(const queue_subcommands&) = delete;

    bool parsed() const;

    // Runs the one that was parsed. Returns the exit status.
    // `operator_name`: who gives an order.
    int run(const admin::address& relay, const std::string& operator_name) const;

private:
    // The options of one subcommand.
    struct options {
        CLI::App* command = nullptr;
        std::vector<std::pair<std::string, std::string>> selection;  // empty value: not given
        bool json = false;
        bool ids = false;
    };

    options& add(CLI::App& parent, const std::string& name, const std::string& help);
    void add_selector(options& made);
    void add_order(CLI::App& parent, const std::string& name, const std::string& help);
    const options* chosen() const;
    queue_question question_of(const options& given, const admin::address& relay) const;

    std::list<options> all_;  // the first is `kurir queue` itself
    std::string sum_key_;
    std::string sort_;
    std::size_t limit_ = 0;
    std::string id_;
    bool headers_ = false;
    bool raw_ = false;
    queue_order order_;
    move_question move_;
    std::string ended_;
};

}  // namespace kurir::app
