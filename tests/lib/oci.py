#!/usr/bin/env python3
"""Makes an OCI layout of one layer, whole or with its tar cut: oci.py DIR KIND [gzip]

KIND: whole; noend, without the blocks that end it; nopad, without the padding of its last entry
either; cut, in the data of its last entry; header, in a header behind it."""
import gzip
import hashlib
import io
import json
import os
import sys
import tarfile

folder, kind = sys.argv[1:3]
data = io.BytesIO()
with tarfile.open(fileobj=data, mode='w') as tar:
    for name, content in (('bin/first', b'x' * 700), ('etc/last', b'y' * 100)):
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
    end = tar.offset
raw = data.getvalue()
raw = {'whole': raw, 'noend': raw[:end], 'nopad': raw[:end - 412], 'cut': raw[:end - 462],
       'header': raw[:end] + raw[:200]}[kind]
os.makedirs(folder + '/blobs/sha256')


def blob(content, media_type):
    digest = hashlib.sha256(content).hexdigest()
    with open(f'{folder}/blobs/sha256/{digest}', 'wb') as file:
        file.write(content)
    return {'mediaType': 'application/vnd.oci.image.' + media_type, 'digest': 'sha256:' + digest, 'size': len(content)}


def write(name, content):
    with open(f'{folder}/{name}', 'w') as file:
        json.dump(content, file)


packed = len(sys.argv) > 3
layer = blob(gzip.compress(raw) if packed else raw, 'layer.v1.tar' + ('+gzip' if packed else ''))
config = blob(json.dumps({'os': 'linux', 'architecture': {'x86_64': 'amd64', 'aarch64': 'arm64'}.get(os.uname().machine),
                          'config': {}}).encode(), 'config.v1+json')
manifest = blob(json.dumps({'schemaVersion': 2, 'config': config, 'layers': [layer]}).encode(), 'manifest.v1+json')
write('index.json', {'schemaVersion': 2, 'manifests': [manifest]})
write('oci-layout', {'imageLayoutVersion': '1.0.0'})
