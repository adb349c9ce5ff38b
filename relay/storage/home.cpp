#include "relay/storage/home.hpp"

#include <boost/asio/post.hpp>

namespace kurir::storage {

void home::post(std::vector<std::function<void()>> completions) {
    boost::asio::post(executor_, [completions = std::move(completions)] {
        for (const auto& complete : completions)
            complete();
    });
}

}  // namespace kurir::storage
