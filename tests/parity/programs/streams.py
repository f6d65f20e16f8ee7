import io
import sys

for stream in (sys.stdin, sys.stdout, sys.stderr):
    print(stream.name, stream.mode, stream.encoding, stream.errors, stream.line_buffering, stream.write_through)
    print(stream.isatty(), stream.fileno(), stream.seekable(), type(stream.buffer).__name__)
print(sys.stdin.read(), sys.stdin.readline())
sys.stdout.buffer.write(b"raw \xff bytes\n")
sys.stderr.write("to stderr\n")
print(io.DEFAULT_BUFFER_SIZE, sys.stdin is sys.__stdin__, sys.stdout is sys.__stdout__)
