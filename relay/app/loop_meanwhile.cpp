#include "relay/app/loop_meanwhile.hpp"

#include <pthread.h>

namespace kurir::app {

loop_meanwhile::loop_meanwhile(boost::asio::io_context& loop)
    : loop_(loop), work_(loop.get_executor()), thread_([&loop] {
          pthread_setname_np(pthread_self(), "early-http");
          loop.run();
      }) {}

loop_meanwhile::~loop_meanwhile() {
    loop_.stop();
    thread_.join();
    work_.reset();  // which may stop the loop again
    loop_.restart();
}

}  // namespace kurir::app
