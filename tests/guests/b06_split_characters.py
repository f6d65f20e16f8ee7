# id: B6
# title: characters cut at every byte arrive unchanged
# stdout-repeat: 500 \xF0\x9F\x98\x80\xC3\xA9
import os
for _ in range(500):
    for byte in "\U0001F600\u00e9".encode():
        os.write(1, bytes([byte]))
