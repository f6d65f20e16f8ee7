// skill-zygote-exec: makes sandboxes whose program is started by exec. Started by the supervisor, never by hand.
#include "zygote/zygote_main.h"

int main(int argc, char** argv) {
  return skillrunner::ZygoteMain("skill-zygote-exec", argc, argv, [](const skillrunner::ZygoteFlags&) {
    return std::unique_ptr<skillrunner::sandbox::Launcher>(std::make_unique<skillrunner::sandbox::ExecLauncher>());
  });
}
