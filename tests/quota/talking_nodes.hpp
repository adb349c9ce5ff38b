// Nodes that share a queue, whose words reach all others at once, by clocks of their own.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "relay/quota/ledger.hpp"
#include "relay/quota/word_parts.hpp"
#include "tests/quota/start.hpp"

namespace kurir::quota::testing {

class talking_nodes {
public:
    explicit talking_nodes(std::size_t count)
        : ledgers(count),
          ahead(count),
          words_(count),
          told_at_(count),
          last_(count),
          goes_on_(count, false) {}

    time_point clock(std::size_t node) const { return now + ahead[node]; }

    void exchange(std::size_t node) {
        const auto told = ledgers[node].tell(clock(node));
        if (told.is_news) {
            words_[node] = begin_words();
            add_part(words_[node], shared_counts::part_name, told.text);
            told_at_[node] = now;
        }
        for (auto& each : ledgers[node].tell_lasting(node + 1, clock(node)))
            lasting.push_back({.text = std::move(each.text), .at = now, .until = now + each.time});
        std::vector<queue::node_words> others;
        for (std::size_t i = 0; i < words_.size(); ++i) {
            if (i == node || words_[i].empty()) continue;
            others.push_back({.text = words_[i], .age = now - told_at_[i]});
        }
        ledgers[node].hear(others, clock(node));
        hear_lasting(node);
    }

    void exchange_all(int rounds = 2) {
        for (int round = 0; round < rounds; ++round) {
            for (std::size_t i = 0; i < ledgers.size(); ++i)
                exchange(i);
        }
    }

    // All start again without their queue folders.
    void start_all_anew() {
        const auto count = ledgers.size();
        ledgers = std::vector<ledger>(count);
        words_.assign(count, {});
        goes_on_.assign(count, false);
        exchange_all();
    }
    // The node starts again without its queue folder.
    void start_anew(std::size_t node) {
        std::destroy_at(&ledgers[node]);
        std::construct_at(&ledgers[node]);
        words_[node].clear();
        goes_on_[node] = false;
    }

    // Another server takes over, without the words that were told last.
    void fail_over(std::size_t lost) {
        lasting.resize(lasting.size() - lost);
        goes_on_.assign(goes_on_.size(), false);
    }

    struct lasting_text {
        std::string text;
        time_point at;
        time_point until;
    };
    std::vector<ledger> ledgers;
    std::vector<lasting_text> lasting;
    std::vector<std::chrono::milliseconds> ahead;
    time_point now = start;

private:
    void hear_lasting(std::size_t node) {
        queue::node_hearing heard;
        heard.from_start = !goes_on_[node];
        if (heard.from_start) last_[node] = 0;
        goes_on_[node] = true;
        for (; last_[node] < lasting.size(); ++last_[node]) {
            const auto& each = lasting[last_[node]];
            if (each.until < now) continue;
            heard.lasting.push_back({.text = each.text, .age = now - each.at});
        }
        ledgers[node].hear_lasting(heard, clock(node));
    }

    std::vector<std::string> words_;
    std::vector<time_point> told_at_;
    std::vector<std::size_t> last_;  // lasting words that it knows
    std::vector<bool> goes_on_;      // of this server
};

}  // namespace kurir::quota::testing
