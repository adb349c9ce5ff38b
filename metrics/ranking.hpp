// Which names are seen most often, of any number, in bounded memory. Pure.
//
// The counts are estimates (Space-Saving: a name that is new takes over the count of the rarest one
// that is kept). They are halved from time to time, so that the present decides.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace kurir::metrics {

class ranking {
public:
    // `most`: how many names have a place, from 0.
    explicit ranking(std::size_t most) : holders_(most) {}

    struct place {
        std::size_t number = 0;   // below `most`
        bool taken_over = false;  // by this name, now: another may have had it before
    };

    // Counts one occurrence of `name`; returns its place if it is one of the most frequent. A name
    // takes another's place only when it is twice as frequent, so that two like names don't
    // alternate.
    std::optional<place> count(std::string_view name);

private:
    struct entry {
        std::uint64_t seen = 0;
        std::optional<std::size_t> place = {};
    };
    using entries = std::unordered_map<std::string, entry>;

    entries::value_type& find(std::string_view name);
    std::optional<std::size_t> place_for(const entry& candidate) const;
    void halve();

    entries kept_;
    std::vector<entries::value_type*> holders_;  // of the places; null: free
    std::uint64_t counted_ = 0;                  // since the last halving
};

}  // namespace kurir::metrics
