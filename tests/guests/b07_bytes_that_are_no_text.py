# id: B7
# title: bytes that are no text arrive unchanged: NUL, 0xff, lone surrogates, escapes, cut characters
# stdout-repeat: 300 a\x00\xff\xfe\xed\xa0\x80\x1b[31m\xc3(\xf0\x9f\n\r\n
import os
for _ in range(300):
    os.write(1, b"a\x00\xff\xfe\xed\xa0\x80\x1b[31m\xc3(\xf0\x9f\n\r\n")
