// See shared_objects.cc. For a process whose environment becomes the program's later than it was loaded.
#pragma once

extern "C" void skill_runner_read_shared_directory();
