"""
The devices in kiosks, reached from the platform: XFS4IoT's commands over HTTP.

Notes and cards as ways of paying (`means`), and the devices as the kiosk's pages use them
(`devices`). What moves money is sent once; silence is *unknown*, and is settled by asking.
"""
